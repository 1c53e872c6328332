"""The application: its description, its pages at every address, and the front end's types."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from neocog import studio as room
from neocog.studio.server import listen
from neocog.studio.typescript import typescript

WEB = Path(str(room.__file__)).parent / "web"
BUILT = Path(str(room.__file__)).parent / "built"


def test_the_interface_is_described(studio: Any) -> None:
    told = studio.get("/api/openapi.json").told
    assert {"/api/runs", "/api/runs/{name}/results", "/api/network"} <= set(told["paths"])
    for path, methods in told["paths"].items():
        for method in methods.values():
            assert method["description"].endswith("."), path


def test_the_front_end_is_checked_against_this_description() -> None:
    written = WEB / "src" / "lib" / "answers.ts"
    if not written.is_file():
        pytest.skip("installed without its source")
    assert written.read_text() == typescript(), "write it anew: python -m neocog.studio.typescript"


def test_an_unknown_route_is_told(studio: Any) -> None:
    answer = studio.get("/api/nothing")
    assert (answer.status, answer.told["wrong"]) == (404, "there is nothing at /api/nothing")
    assert studio.ask("DELETE", "/api/runs/first").status == 405


@pytest.mark.parametrize(("path", "status"), [("/api/nothing", 404), ("/api/runs/none", 404), ("/api/samples?x", 404)])
def test_a_page_is_told_of_trouble_in_a_good_answer(studio: Any, path: str, status: int) -> None:
    """A browser writes each 4xx into its console; what it navigates to, and a program, get the status itself."""
    own = {"sec_fetch_site": "same-origin", "sec_fetch_mode": "cors", "sec_fetch_dest": "empty"}
    plain = studio.get(path)
    assert plain.status == status
    for asked in (own, own | {"sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"}):
        told = studio.get(path, **asked)
        assert (told.status, told.headers["problem"], told.told) == (200, str(status), plain.told)
    for asked in (own | {"sec_fetch_mode": "navigate"}, own | {"sec_fetch_site": "cross-site"}):
        assert studio.get(path, **asked).status == status


@pytest.mark.skipif(not BUILT.is_dir(), reason="the pages are not built: make studio")
def test_every_view_has_its_address(studio: Any) -> None:
    for path in ("/", "/runs", "/runs/a%2Fb/results?cell=1-2", "/network", "/what/ever"):
        answer = studio.get(path)
        assert answer.status == 200
        assert b'<div id="studio">' in answer.body
    assert studio.get("/icon.svg").headers["content-type"].startswith("image/svg+xml")
    script = next((BUILT / "assets").glob("*.js")).name
    found = studio.get(f"/assets/{script}")
    assert found.status == 200
    assert "immutable" in found.headers["cache-control"]


@pytest.mark.parametrize("path", ["/assets/..%2findex.html", "/assets/.hidden", "/assets/nothing.js", "/assets/%2e%2e"])
def test_no_name_leads_out_of_the_assets(studio: Any, path: str) -> None:
    assert studio.get(path).status == 404


def test_the_lock_names_no_host() -> None:
    lock = WEB / "package-lock.json"
    if not lock.is_file():
        pytest.skip("installed without its source")
    packages = json.loads(lock.read_text())["packages"]
    assert [name for name, told in packages.items() if "resolved" in told] == []
    assert all(told.get("integrity") for name, told in packages.items() if name)


def test_an_answer_does_not_wait_for_the_reader_s_nod() -> None:
    with listen(0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP, "or asyncio leaves Nagle's algorithm on"
