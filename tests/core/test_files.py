"""Files that are whole or not there."""

import os
import subprocess
from pathlib import Path

import pytest

from neocog.core.errors import StorageError
from neocog.core.files import atomic_write, cache_folder, make_folder


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    atomic_write(tmp_path / "a", "old")
    atomic_write(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_a_written_file_has_the_rights_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("x")
    atomic_write(tmp_path / "a", "x")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_place_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="lies below a file, not a folder; choose another place"):
        make_folder(tmp_path / "file" / "run")


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_closed_place_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="cannot be written; choose a place that you may write to"):
        atomic_write(tmp_path / "a", "x")


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A disk of 64 KiB, where the system lets us mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs more rights")
    return disk


def test_a_full_disk_keeps_the_old_file(small_disk: Path) -> None:
    try:
        atomic_write(small_disk / "a", "old")
        with pytest.raises(StorageError, match="no space left to write .*; free some, then run the same command again"):
            atomic_write(small_disk / "a", b"x" * 200_000)
        assert (small_disk / "a").read_text() == "old"
        assert [entry.name for entry in small_disk.iterdir()] == ["a"]
    finally:
        subprocess.run(["umount", small_disk], check=True)


def test_the_cache_lies_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("NEOCOG_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "neocog"
