"""Images that are handed in: kept under the hash of their bytes, the last used of them, and no more than fit."""

import hashlib
import os
from pathlib import Path

import pytest

from neocog.data import handed_in


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own."""
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "handed-in"


def test_what_is_kept_is_read_again() -> None:
    name = handed_in.keep(b"an image")
    assert name == hashlib.sha256(b"an image").hexdigest()[:32] == handed_in.keep(b"an image")
    assert handed_in.read(name) == b"an image"
    assert len(handed_in.kept()) == 1
    handed_in.forget()
    assert handed_in.read(name) is None
    assert handed_in.kept() == ()


def test_no_name_leads_elsewhere(folder: Path) -> None:
    handed_in.keep(b"an image")
    secret = folder.parent / ("s" * 32)
    secret.write_text("secret")
    (folder / "short").write_text("foreign")
    for name in (f"../{secret.name}", str(secret), "..", "", "short", "0" * 32):
        assert handed_in.read(name) is None


def test_those_used_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_in, "MOST", 2)
    names = []
    for place in range(3):
        names.append(handed_in.keep(bytes([place])))
        for age, path in enumerate(handed_in.kept()):
            os.utime(path, (1000 - age, 1000 - age))
        handed_in.read(names[0])
    assert [handed_in.read(name) for name in names] == [b"\0", None, b"\2"]


def test_they_take_no_more_than_their_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_in, "MOST_BYTES", 100)
    small = handed_in.keep(bytes(60))
    os.utime(handed_in.kept()[0], (1000, 1000))
    large = handed_in.keep(bytes(61))
    assert (handed_in.read(small), handed_in.read(large)) == (None, bytes(61))
    alone = handed_in.keep(bytes(101))
    assert handed_in.read(alone) == bytes(101), "the last one is kept however large it is"
