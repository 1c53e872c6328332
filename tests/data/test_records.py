"""Records are whole, or count as not there."""

import errno
from pathlib import Path

import numpy as np
import pytest

from neocog.core.errors import StorageError
from neocog.data import records


@pytest.fixture(autouse=True)
def _fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))


def test_arrays_come_back():
    records.remember("one", {"a": np.arange(3), "b": np.zeros((0, 2), np.float16)})
    found = records.recall("one")
    assert found is not None
    assert found["a"].tolist() == [0, 1, 2]
    assert found["b"].shape == (0, 2)
    assert records.recall("other") is None


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 but no archive"])
def test_a_broken_record_is_not_there(content):
    records.remember("one", {"a": np.arange(3)})
    (records.folder() / "one.npz").write_bytes(content)
    assert records.recall("one") is None


def test_a_truncated_record_is_not_there():
    records.remember("one", {"a": np.arange(1000)})
    path = records.folder() / "one.npz"
    path.write_bytes(path.read_bytes()[:-200])
    assert records.recall("one") is None


def test_a_record_never_unpickles():
    records.folder().mkdir(parents=True)
    np.savez(records.folder() / "one.npz", a=np.array([{"x": 1}], dtype=object))
    assert records.recall("one") is None


def test_a_full_disk_is_passed_over(monkeypatch):
    def full(path: Path, content: bytes) -> None:
        raise StorageError(f"no space left ({errno.ENOSPC})")

    monkeypatch.setattr(records, "atomic_write", full)
    records.remember("one", {"a": np.arange(3)})
    assert records.recall("one") is None


def test_the_64_used_last_are_kept():
    for number in range(70):
        records.remember(f"record{number}", {"a": np.array([number])})
    assert len(list(records.folder().glob("*"))) == 64


def test_names_do_not_run_into_each_other():
    names = {
        records.key("a", "b"),
        records.key("ab", ""),
        records.key("a", many=["b"]),
        records.key("a", "b", many=[""]),
    }
    assert len(names) == 4


def test_names_that_are_not_utf8_have_a_key():
    names = ["caf\udce9.png", "caf\udcea.png", "café.png"]
    assert len({records.key("a", many=[name]) for name in names}) == 3
