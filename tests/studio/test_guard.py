"""Who may talk to the studio: real requests under other names, from other sites, without the token, too large."""

import socket
from typing import Any

import pytest

from neocog.studio.guard import MOST_BODY, cookie_name

TOKEN = "a-token-for-tests"


def test_the_token_moves_from_the_address_into_a_cookie(studio: Any) -> None:
    answer = studio.get(f"/runs/new?data=digits&token={TOKEN}", cookie="")
    assert answer.status == 303
    assert answer.headers["location"] == "/runs/new?data=digits"
    told = answer.headers["set-cookie"].lower()
    assert told.startswith(f"{cookie_name(studio.port)}={TOKEN}")
    assert "httponly" in told
    assert "samesite=strict" in told
    assert studio.get("/runs").status in (200, 500), "500 where the pages are not built"


def test_a_redirect_stays_here(studio: Any) -> None:
    assert studio.get(f"//evil.example/?token={TOKEN}", cookie="").headers["location"] == "/evil.example/"


@pytest.mark.parametrize("path", ["/", "/runs", "/api/runs", "/api/openapi.json", "/assets/x.js"])
def test_without_the_token_nothing_is_told(studio: Any, path: str) -> None:
    assert studio.get(path, cookie="").status == 401
    assert studio.get(path, cookie=f"{cookie_name(studio.port)}=wrong").status == 401
    assert studio.get(f"{path}?token=wrong", cookie="").status == 401
    assert b"open the address that `neocog studio` printed" in studio.get(path, cookie="").body


def test_the_interface_takes_no_token_in_the_address(studio: Any) -> None:
    assert studio.get(f"/api/runs?token={TOKEN}", cookie="").status == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:80", "[::1]"])
def test_another_host_name_is_refused(studio: Any, host: str) -> None:
    assert studio.get("/api/runs", host=host).status == 421


def test_localhost_is_this_machine(studio: Any) -> None:
    assert studio.get("/api/runs", host=f"localhost:{studio.port}").status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1:1"])
def test_another_site_is_refused(studio: Any, origin: str) -> None:
    assert studio.post("/api/runs/first/resume", origin=origin).status == 403
    assert studio.get("/api/runs", origin=origin).status == 403


def test_its_own_origin_may(studio: Any) -> None:
    assert studio.get("/api/runs", origin=studio.address).status == 200


def test_a_large_body_is_refused_whatever_its_header_says(studio: Any) -> None:
    head = f"POST /api/network HTTP/1.1\r\nhost: 127.0.0.1:{studio.port}\r\ncontent-type: application/json\r\n"
    head += f"cookie: {cookie_name(studio.port)}={TOKEN}\r\n"
    chunk = b"%x\r\n%s\r\n" % (MOST_BODY, b"x" * MOST_BODY)
    sizes = f"content-length: {MOST_BODY + 1}\r\n\r\n".encode()
    for rest in (sizes, b"transfer-encoding: chunked\r\n\r\n" + chunk + chunk):
        with socket.create_connection(("127.0.0.1", studio.port), timeout=30) as connection:
            connection.sendall(head.encode() + rest)
            assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_every_answer_has_the_policy(studio: Any) -> None:
    for answer in (studio.get("/runs"), studio.get("/api/runs"), studio.get("/api/runs", cookie="")):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self' 'sha256-")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_broken_cookie_is_no_token(studio: Any) -> None:
    assert studio.get("/api/runs", cookie="\x01=;;=;,").status == 401


def test_only_this_machine_can_reach_it(studio: Any) -> None:
    own = socket.gethostbyname(socket.gethostname())
    if own.startswith("127."):
        pytest.skip("this machine has no other address")
    with pytest.raises(OSError), socket.create_connection((own, studio.port), timeout=2):
        pass
