"""Downloads from a real server: whole, broken off, resumed, wrong, refused; by one process and by several."""

import contextlib
import fcntl
import hashlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from neocog.core.download import ATTEMPTS, download, downloads, forget, kept_at
from neocog.core.errors import DownloadError, StorageError

CONTENT = bytes(range(256)) * 4000
"""About a megabyte, more than is read at once."""
DIGEST = hashlib.sha256(CONTENT).hexdigest()[:8]


@dataclass
class Server:
    """What the server gives, how it misbehaves, and what it was asked."""

    content: bytes = CONTENT
    ranges: bool = True
    """Whether it knows how to give a part of a file."""
    length: bool = True
    """Whether it says how long the answer is."""
    breaks: int = 0
    """How many answers it breaks off."""
    after: int = 300_000
    """After how many bytes."""
    url: str = ""
    asked: list[str] = field(default_factory=list)
    """The range of each request, "" for all."""


def handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            server.asked.append(asked)
            if "missing" in self.path:
                self.send_error(404)
                return
            start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and server.ranges else 0  # type: ignore[index]
            if start >= len(server.content):
                self.send_error(416)
                return
            body = server.content[start:]
            self.send_response(206 if start else 200)
            if server.length:
                self.send_header("Content-Length", str(len(body)))
            if start:
                last = len(server.content) - 1
                self.send_header("Content-Range", f"bytes {start}-{last}/{len(server.content)}")
            self.end_headers()
            if len(server.asked) <= server.breaks:
                body = body[: server.after]
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    given = Server()
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler(given))
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    given.url = f"http://127.0.0.1:{http.server_address[1]}/models/net.pth"
    yield given
    http.shutdown()
    http.server_close()
    thread.join()


def part(server: Server) -> Path:
    path = kept_at(server.url, DIGEST)
    return path.with_name(path.name + ".part")


def test_a_file_is_fetched_once_and_kept(server: Server, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = download(server.url, DIGEST, lambda *at: told.append(at))
    assert path == tmp_path / "cache" / "downloads" / f"net-{DIGEST}.pth"
    assert path.read_bytes() == CONTENT
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert {total for _, total in told} == {len(CONTENT)}
    assert told[-1][0] == len(CONTENT)
    assert download(server.url, DIGEST) == path
    assert server.asked == [""], "the second time nobody is asked"
    assert not part(server).exists()


def test_it_works_offline_from_the_cache(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = "http://127.0.0.1:1/net.pth"
    path = kept_at(gone, DIGEST)
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)  # as somebody carried it there
    assert download(gone, DIGEST).read_bytes() == CONTENT


def test_a_digest_in_capitals_is_the_same(server: Server) -> None:
    assert download(server.url, DIGEST.upper()).read_bytes() == CONTENT


def test_a_connection_that_breaks_is_taken_up_where_it_stopped(server: Server) -> None:
    server.breaks = 2
    assert download(server.url, DIGEST).read_bytes() == CONTENT
    assert server.asked == ["", "bytes=300000-", "bytes=600000-"]


def test_a_server_without_ranges_begins_anew(server: Server) -> None:
    server.breaks, server.ranges = 1, False
    assert download(server.url, DIGEST).read_bytes() == CONTENT
    assert server.asked == ["", "bytes=300000-"]


def test_a_server_that_does_not_say_the_length(server: Server) -> None:
    server.length = False
    told: list[tuple[int, int]] = []
    assert download(server.url, DIGEST, lambda *at: told.append(at)).read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), 0)


def test_a_later_call_goes_on_too(server: Server) -> None:
    server.breaks, server.after = 100, 100_000
    message = (
        rf"net-{DIGEST}.pth is not at hand, and http.* cannot be fetched \(it broke off after 500,000 of 1,024,000 "
    )
    with pytest.raises(DownloadError, match=message):
        download(server.url, DIGEST)
    assert len(server.asked) == ATTEMPTS
    assert part(server).stat().st_size == ATTEMPTS * 100_000
    assert not kept_at(server.url, DIGEST).exists()
    server.breaks = 0
    assert download(server.url, DIGEST).read_bytes() == CONTENT
    assert server.asked[-1] == "bytes=500000-"


def test_a_call_that_was_killed_before_the_rename_asks_for_nothing_more(server: Server) -> None:
    part(server).parent.mkdir(parents=True)
    part(server).write_bytes(CONTENT)
    assert download(server.url, DIGEST).read_bytes() == CONTENT
    assert server.asked == [f"bytes={len(CONTENT)}-"]


def test_an_interruption_keeps_what_has_arrived(server: Server) -> None:
    def interrupt(done: int, total: int) -> None:
        if done > 500_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(server.url, DIGEST, interrupt)
    assert part(server).stat().st_size > 500_000
    assert download(server.url, DIGEST).read_bytes() == CONTENT
    assert server.asked[1].startswith("bytes=")


@pytest.mark.parametrize("kept", [False, True])
def test_another_file_is_set_aside(server: Server, kept: bool) -> None:
    server.content = b"not the weights"
    path = kept_at(server.url, DIGEST)
    if kept:
        path.parent.mkdir(parents=True)
        path.write_bytes(server.content)
    got = hashlib.sha256(server.content).hexdigest()[:8]
    message = f"the SHA-256 of {path.name} must begin with {DIGEST}, got {got}; it lies beside its place now, as "
    message += f"{path.name}.bad: run the same command"
    with pytest.raises(DownloadError, match=message):
        download(server.url, DIGEST)
    assert not path.exists()
    assert not part(server).exists()
    assert path.with_name(f"{path.name}.bad").read_bytes() == b"not the weights"
    server.content = CONTENT
    assert download(server.url, DIGEST).read_bytes() == CONTENT


def test_a_part_of_another_file_is_found_out(server: Server) -> None:
    part(server).parent.mkdir(parents=True)
    part(server).write_bytes(b"x" * 1000)
    with pytest.raises(DownloadError, match="must begin with"):
        download(server.url, DIGEST)
    assert download(server.url, DIGEST).read_bytes() == CONTENT


def test_what_cannot_be_fetched_says_which_file_to_bring_and_where(server: Server) -> None:
    missing = server.url.replace("net", "missing")
    with pytest.raises(DownloadError, match="the server answers 404 Not Found") as caught:
        download(missing, DIGEST)
    assert server.asked == [""], "an answer is not asked for again"
    for told in (missing, str(kept_at(missing, DIGEST)), "bring the file from there and put it at"):
        assert told in str(caught.value)
    with pytest.raises(DownloadError, match=r"cannot be fetched \(Connection refused\); run the same command again"):
        download("http://127.0.0.1:1/net.pth", DIGEST)
    with pytest.raises(DownloadError, match=r"cannot be fetched \((Name or|Temporary|No address|nodename).*\); "):
        download("http://nowhere.invalid/net.pth", DIGEST)


def test_a_place_that_cannot_be_written(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(StorageError, match="lies below a file"):
        download(server.url, DIGEST)


def test_several_processes_fetch_it_once(server: Server) -> None:
    program = "import sys; from neocog.core.download import download; print(download(*sys.argv[1:]))"
    command = [sys.executable, "-c", program, server.url, DIGEST]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ}) for _ in range(3)]
    paths = {process.communicate()[0].decode().strip() for process in processes}
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert paths == {str(kept_at(server.url, DIGEST))}
    assert Path(paths.pop()).read_bytes() == CONTENT
    assert server.asked == [""]


def test_what_was_fetched_is_listed_and_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path))
    assert downloads() == ()
    forget()
    folder = tmp_path / "downloads"
    folder.mkdir()
    for name in ("net-1.pth", "other-2.pth.part", ".net-1.pth.lock"):
        (folder / name).write_bytes(b"x")
    assert [path.name for path in downloads()] == ["net-1.pth", "other-2.pth.part"]
    with (folder / ".other-2.pth.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        forget()
        assert [path.name for path in downloads()] == ["other-2.pth.part"]
    forget()
    assert downloads() == ()
