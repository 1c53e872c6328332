"""The cache of prepared images: what it holds equals `prepare`, and no accident makes it hold anything else."""

import errno
import json
import os
import shutil
import threading
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from neocog.core.errors import DataError, StorageError
from neocog.data import entry, records
from neocog.data.cache import clear, entries, place, prepared, squash_side, squashed
from neocog.data.decode import decode
from neocog.data.prepare import prepare, squash
from neocog.data.preprocessing import Preprocessing
from neocog.data.scan import scan

cache = import_module("neocog.data.cache")
PREPROCESSING = Preprocessing(size=(16, 16), channels=3)
ROWS = np.arange(6)


@pytest.fixture(autouse=True)
def _fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_SMALL", 0)


@pytest.fixture
def table(tabled, scene, encoded):
    return tabled([encoded(scene(seed, 20 + seed, 40 - seed)) for seed in range(6)])


def folders(tmp_path):
    return sorted((tmp_path / "cache" / "images").iterdir())


def test_rows_come_as_prepare_makes_them_in_the_order_asked_for(table):
    rows = np.array([3, 0, 5])
    told: list[tuple[int, int]] = []
    images = prepared(table, scan(table), rows, PREPROCESSING, progress=lambda *at: told.append(at))
    assert place(images) == "disk"
    assert told[-1] == (3, 3)
    for image, row in zip(images, rows.tolist(), strict=True):
        assert np.array_equal(image, prepare(decode(table.source.read(row)).pixels, PREPROCESSING))


def test_squashed_images_come_with_their_aspect_ratio(table):
    images, aspects = squashed(table, scan(table), ROWS, 16, 1)
    assert images.shape == (6, 1, 19, 19)  # 1.15 * 16 = 18.4
    assert aspects.dtype == np.float32
    assert aspects.tolist() == pytest.approx([(40 - seed) / (20 + seed) for seed in range(6)])
    assert np.array_equal(images[2], squash(decode(table.source.read(2)).pixels, 19, 1))


def test_squares_that_are_small_are_kept_bit_for_bit(tabled):
    digits = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
    table = tabled(list(digits))
    images, aspects = squashed(table, scan(table), np.arange(5), 32, 1)
    assert np.array_equal(images[:, 0], digits)
    assert aspects.tolist() == [1] * 5


def test_the_side_of_squashed_images(table):
    seen = scan(table)
    assert squash_side(seen, ROWS, 20) == 23
    assert squash_side(seen, ROWS, 32) == 37  # 36.8
    assert squash_side(seen, ROWS, 64) == 40  # the longest native side
    assert squash_side(seen, ROWS[-1:], 64) == 35


def test_the_second_time_nothing_is_decoded(table, monkeypatch):
    seen = scan(table)
    first = np.array(prepared(table, seen, ROWS, PREPROCESSING))
    monkeypatch.setattr(cache, "decode", None)
    assert np.array_equal(prepared(table, seen, ROWS, PREPROCESSING), first)


def test_an_entry_is_known_by_contents_and_geometry_alone(table, tabled, tmp_path):
    renamed = tabled(table.source.raw, ids=[f"other/{row}" for row in ROWS], labels=["b"] * 6)
    scaled = Preprocessing(size=(16, 16), channels=3, mean=(0.5,), deviation=(0.1,))
    for data, how in ((table, PREPROCESSING), (renamed, PREPROCESSING), (table, scaled)):
        prepared(data, scan(data), ROWS, how)
    assert len(folders(tmp_path)) == 1
    for how in (
        Preprocessing(size=(16, 17), channels=3),
        Preprocessing(size=(16, 16), channels=1),
        Preprocessing(size=(16, 16), channels=3, resize="pad"),
        Preprocessing(size=(16, 16), channels=3, border=1),
        Preprocessing(size=(16, 16), channels=3, short=16),
        Preprocessing(size=(16, 16), channels=3, short=18),
    ):
        prepared(table, scan(table), ROWS, how)
    prepared(table, scan(table), ROWS[::-1], PREPROCESSING)
    assert len(folders(tmp_path)) == 8


def test_torch_may_take_the_array_and_writing_to_it_reaches_no_file(table):
    images = prepared(table, scan(table), ROWS, PREPROCESSING)
    before = np.array(images)
    assert images.flags.writeable
    images[:] = 0
    assert np.array_equal(prepared(table, scan(table), ROWS, PREPROCESSING), before)


def test_a_build_that_was_killed_as_it_began_is_removed(table, tmp_path):
    bare, dead = (tmp_path / "cache" / "images" / name for name in ("bare.part", "dead.part"))
    for left in (bare, dead):
        left.mkdir(parents=True)
    (dead / "images.bin").write_bytes(b"\0" * 99)
    assert entries() == ()
    prepared(table, scan(table), ROWS, PREPROCESSING)
    assert not bare.exists()
    assert not dead.exists()


def test_a_build_under_way_is_left_alone_whatever_its_process_is_called_here(table, tmp_path, monkeypatch):
    seen = scan(table)
    held: list[bool] = []

    def meanwhile(pixels, preprocessing):
        if not held:
            held.append(True)
            (alive,) = (tmp_path / "cache" / "images").glob("*.part")
            os.utime(alive / "facts.json", (0, 0))
            squashed(table, seen, ROWS, 16, 3, cache_gb=6 * 3 * 20 * 20 / 10**9)  # builds, and makes room first
            clear()
            held[0] = alive.exists()
        return prepare(pixels, preprocessing)

    # another container: its processes are not ours, whatever their numbers
    monkeypatch.setattr(os, "getpid", lambda: 999_999_999)
    monkeypatch.setattr(cache, "chunked", one_by_one)
    monkeypatch.setattr(cache, "prepare", meanwhile)
    assert place(prepared(table, seen, ROWS, PREPROCESSING)) == "disk"
    assert held == [True]


def one_by_one(work, count, progress=None, chunk=1):
    """Like `chunked`, without threads."""
    return [work(range(row, row + 1)) for row in range(count)]


def test_an_entry_that_another_process_removes_is_no_crash(table, tmp_path, monkeypatch):
    seen = scan(table)
    first = np.array(prepared(table, seen, ROWS, PREPROCESSING))
    described = entry.described

    def then_gone(path):
        found = described(path)
        shutil.rmtree(path, ignore_errors=True)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(entry, "described", then_gone)
        assert np.array_equal(prepared(table, seen, ROWS, PREPROCESSING), first)


def test_an_entry_that_is_removed_as_soon_as_it_is_built_is_kept_by_who_built_it(table, tmp_path, monkeypatch):
    seen = scan(table)
    rename = Path.rename

    def then_gone(path, target):
        rename(path, target)
        shutil.rmtree(target)

    monkeypatch.setattr(Path, "rename", then_gone)
    images = prepared(table, seen, ROWS, PREPROCESSING)
    assert folders(tmp_path) == []
    assert np.array_equal(images[3], prepare(decode(table.source.read(3)).pixels, PREPROCESSING))


def test_a_cache_that_is_emptied_while_it_is_filled_means_memory(table, tmp_path, monkeypatch):
    seen = scan(table)
    asked: list[bool] = []

    def meanwhile(pixels, preprocessing):
        if not asked:
            asked.append(True)
            shutil.rmtree(tmp_path / "cache")
        return prepare(pixels, preprocessing)

    monkeypatch.setattr(cache, "prepare", meanwhile)
    images = prepared(table, seen, ROWS, PREPROCESSING)
    assert place(images) == "memory"
    assert np.array_equal(images[3], prepare(decode(table.source.read(3)).pixels, PREPROCESSING))


def test_where_no_room_can_be_made_nothing_is_removed(table, tmp_path, monkeypatch):
    seen = scan(table)
    prepared(table, seen, ROWS, PREPROCESSING)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10))
    larger = Preprocessing(size=(32, 32), channels=3)
    assert place(prepared(table, seen, ROWS, larger)) == "memory"
    assert len(folders(tmp_path)) == 1


@pytest.mark.parametrize("system", ["Linux", "macOS"])
def test_the_disk_is_taken_before_it_is_filled(tmp_path, monkeypatch, system):
    if system == "macOS":
        monkeypatch.delattr(os, "posix_fallocate")
    with (tmp_path / "file").open("w+b") as file:
        entry._reserve(file, 3 * 2**20 + 7)
        found = os.fstat(file.fileno())
    assert found.st_size == 3 * 2**20 + 7
    assert found.st_blocks * 512 >= found.st_size


def test_a_build_that_is_stopped_leaves_nothing(table, tmp_path, monkeypatch):
    def stop(pixels, preprocessing):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cache, "prepare", stop)
        with pytest.raises(KeyboardInterrupt):
            prepared(table, scan(table), ROWS, PREPROCESSING)
    assert folders(tmp_path) == []
    assert prepared(table, scan(table), ROWS, PREPROCESSING).any()


def test_a_build_that_is_stopped_goes_on_and_decodes_nothing_twice(tabled, scene, monkeypatch):
    many = tabled(list(np.random.default_rng(0).integers(0, 256, (80, 12, 12), np.uint8)))
    seen, small = scan(many), Preprocessing(size=(12, 12), channels=1)
    made: list[int] = []

    def count_and_stop(pixels, preprocessing):
        made.append(1)
        if np.array_equal(pixels, decode(many.source.read(70)).pixels):
            raise KeyboardInterrupt
        return prepare(pixels, preprocessing)

    with monkeypatch.context() as patch:
        patch.setattr(cache, "prepare", count_and_stop)
        with pytest.raises(KeyboardInterrupt):
            prepared(many, seen, np.arange(80), small)
    (half,) = (each for each in entries() if each.kind == "prepared")
    assert half.built == 64 / 80
    made.clear()
    told: list[tuple[int, int]] = []
    with monkeypatch.context() as patch:
        patch.setattr(cache, "prepare", lambda *given: (made.append(1), prepare(*given))[1])
        images = prepared(many, seen, np.arange(80), small, progress=lambda *at: told.append(at))
    assert len(made) == 16
    assert told == [(80, 80)]
    assert all(np.array_equal(images[row, 0], many.source.read(row)) for row in range(80))


@pytest.mark.parametrize("damage", ["no facts", "odd facts", "other shape", "not whole", "truncated", "no images"])
def test_a_broken_entry_is_built_anew(table, tmp_path, damage):
    seen = scan(table)
    first = np.array(prepared(table, seen, ROWS, PREPROCESSING))
    (folder,) = folders(tmp_path)
    facts, images = folder / "facts.json", folder / "images.bin"
    if damage == "no facts":
        facts.unlink()
    elif damage == "odd facts":
        facts.write_text('["nothing"]')
    elif damage == "other shape":
        facts.write_text(json.dumps(json.loads(facts.read_text()) | {"shape": [6, 3, 16, 15]}))
    elif damage == "not whole":
        facts.write_text(json.dumps(json.loads(facts.read_text()) | {"done": 5}))
    elif damage == "truncated":
        os.truncate(images, 100)
    else:
        images.unlink()
    assert np.array_equal(prepared(table, seen, ROWS, PREPROCESSING), first)


def test_two_builders_at_once_do_no_harm(table, tmp_path):
    seen = scan(table)
    gate = threading.Barrier(4)
    results = []

    def build():
        gate.wait()
        results.append(np.array(prepared(table, seen, ROWS, PREPROCESSING)))

    workers = [threading.Thread(target=build) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(results) == 4
    assert all(np.array_equal(result, results[0]) for result in results)
    assert [path.suffix for path in folders(tmp_path)] == [""]


def test_the_least_recently_used_goes_first(table, tmp_path):
    seen = scan(table)
    budget = 2.5 * 6 * 3 * 16 * 16 / 10**9  # room for two
    prepared(table, seen, ROWS, PREPROCESSING, cache_gb=budget)
    (first,) = folders(tmp_path)
    prepared(table, seen, ROWS[::-1], PREPROCESSING, cache_gb=budget)
    (second,) = set(folders(tmp_path)) - {first}
    os.utime(first / "facts.json", (100, 100))
    os.utime(second / "facts.json", (200, 200))
    prepared(table, seen, ROWS, PREPROCESSING, cache_gb=budget)  # the first is used again
    prepared(table, seen, np.roll(ROWS, 1), PREPROCESSING, cache_gb=budget)
    held = set(folders(tmp_path))
    assert len(held) == 2
    assert first in held
    assert second not in held


def test_what_the_budget_cannot_hold_stays_in_its_files(table, tmp_path):
    images = prepared(table, scan(table), ROWS, PREPROCESSING, cache_gb=1e-9)
    assert place(images) == "files"
    assert images[0].any()
    assert not (tmp_path / "cache" / "images").exists()


def test_a_small_set_is_kept_in_memory(table, monkeypatch):
    monkeypatch.setattr(cache, "_SMALL", 2**20)
    assert place(prepared(table, scan(table), ROWS, PREPROCESSING)) == "memory"


def test_a_cache_folder_that_cannot_be_made_means_memory(table, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "file"))
    assert place(prepared(table, scan(table), ROWS, PREPROCESSING)) == "memory"


def test_what_neither_disk_nor_memory_holds_stays_in_its_files(table, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10))
    monkeypatch.setattr(cache, "_physical_memory", lambda: 1000)
    assert place(prepared(table, scan(table), ROWS, PREPROCESSING)) == "files"


def test_a_disk_that_fills_up_is_a_storage_error(table, tmp_path, monkeypatch):
    def full(file, size):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(entry, "_reserve", full)
    with pytest.raises(StorageError, match=r"no space left to write .*images; free some"):
        prepared(table, scan(table), ROWS, PREPROCESSING)
    assert folders(tmp_path) == []


CHANGED = r"00005\.png changed while it was in use; bring it back as it was to go on with --resume, or begin anew"
GONE = r"00005\.png was readable before, now: .*No such file; bring it back, then run .* again, train with --resume"


@pytest.mark.parametrize("room", [1, 1e-9])
@pytest.mark.parametrize("fault", ["other", "broken", "gone"])
def test_an_image_that_changed_since_the_scan_is_an_error(table, tabled, scene, encoded, fault, room):
    seen = scan(table)
    seen.decoded.clear()  # what a scan has just seen is not read again
    new = {"other": encoded(scene(99)), "broken": b"", "gone": FileNotFoundError(2, "No such file")}[fault]
    changed = tabled([*table.source.raw[:5], new])
    with pytest.raises(DataError, match=GONE if fault == "gone" else CHANGED):
        prepared(changed, seen, ROWS, PREPROCESSING, cache_gb=room)[:]


def test_entries_and_clear(table, tmp_path):
    seen = scan(table)
    prepared(table, seen, ROWS, PREPROCESSING)
    squashed(table, seen, ROWS, 16, 3)
    held = entries()
    assert [each.kind for each in sorted(held, key=lambda each: each.kind)] == ["prepared", "record", "squashed"]
    assert {each.name for each in held if each.kind != "record"} == {"made"}
    assert {each.shape for each in held} == {(6, 3, 16, 16), (6, 3, 19, 19), ()}
    assert clear() == sum(each.size for each in held)
    assert entries() == ()
    assert not records.folder().exists()
    assert clear() == 0
