"""A scan: what is seen, what is remembered, and what is not."""

import hashlib
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from neocog.core.errors import ImageError
from neocog.data import records
from neocog.data.scan import content_hash, scan
from neocog.data.signature import signatures


@pytest.fixture(autouse=True)
def _fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def mixed(tabled, scene, encoded):
    """A color photo, a gray one stored as color, an array, a broken file and one that cannot be opened."""
    gray = np.repeat(scene(1, 20, 30, 1), 3, axis=2)
    return tabled(
        [
            encoded(scene(0, 40, 50)),
            encoded(gray),
            scene(2, 12, 8, 1)[:, :, 0],
            encoded(scene(3))[:200],
            PermissionError(13, "Permission denied"),
        ]
    )


def test_what_is_seen(mixed):
    seen = scan(mixed)
    assert seen.heights.tolist() == [40, 20, 12, 0, 0]
    assert seen.widths.tolist() == [50, 30, 8, 0, 0]
    assert seen.grey.tolist() == [False, True, True, False, False]
    assert seen.problems == ("", "", "", "truncated", "cannot be opened: Permission denied")
    assert seen.readable.tolist() == [0, 1, 2]
    assert seen.channels == 3
    assert seen.hashes[0] == hashlib.sha256(mixed.source.read(0)).hexdigest()
    assert seen.hashes[3]
    assert seen.hashes[4] == ""


def test_a_set_that_is_gray_throughout_has_one_channel(tabled, scene, encoded):
    gray = [np.repeat(scene(seed, 20, 20, 1), 3, axis=2) for seed in range(3)]
    assert scan(tabled([encoded(pixels) for pixels in gray])).channels == 1


def test_progress_is_told(tabled, scene):
    told: list[tuple[int, int]] = []
    scan(tabled([scene(seed, 8, 8, 1) for seed in range(200)]), lambda *at: told.append(at))
    assert told == [(128, 200), (200, 200)]


def equal(one, other):
    return (
        one.hashes == other.hashes
        and one.problems == other.problems
        and all(
            np.array_equal(getattr(one, name), getattr(other, name))
            for name in ("heights", "widths", "grey", "signatures")
        )
    )


@pytest.fixture
def readable(tabled, scene, encoded):
    return tabled([encoded(scene(seed, 20, 20)) for seed in range(5)] + [b"broken"])


def test_the_second_scan_decodes_nothing(readable, monkeypatch):
    first = scan(readable)
    monkeypatch.setattr(import_module("neocog.data.scan"), "decode", None)
    assert equal(scan(readable), first)


def test_a_changed_image_is_seen(readable, tabled, scene, encoded):
    first = scan(readable)
    changed = tabled([*readable.source.raw[:-1], encoded(scene(9, 30, 30))])
    assert scan(changed).heights.tolist() == [*first.heights.tolist()[:-1], 30]


@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_a_broken_record_is_made_anew(readable, content):
    first = scan(readable)
    for path in records.folder().glob("*.npz"):
        path.write_bytes(content)
    assert equal(scan(readable), first)


@pytest.mark.parametrize("field", ["hashes", "problems", "grey"])
def test_a_record_of_another_shape_is_made_anew(readable, field):
    first = scan(readable)
    (path,) = records.folder().glob("*.npz")
    stored = records.recall(path.stem)
    assert stored is not None
    records.remember(path.stem, {name: value for name, value in stored.items() if name != field})
    assert equal(scan(readable), first)


def test_a_file_that_could_not_be_opened_is_tried_again(mixed):
    scan(mixed)
    assert not list(records.folder().glob("*.npz"))


class Stamping:
    """A source with stamps, which counts how often it is read."""

    def __init__(self, raw):
        self.raw = list(raw)
        self.stamps = ["1"] * len(self.raw)
        self.reads = 0

    def read(self, row):
        self.reads += 1
        return self.raw[row]

    def stamp(self, row):
        return self.stamps[row]


def test_stamps_save_reading(readable, scene, encoded):
    source = Stamping(readable.source.raw)
    table = replace(readable, source=source)
    first = scan(table)
    source.reads = 0
    assert equal(scan(table), first)
    assert source.reads == 0
    source.raw[0], source.stamps[0] = encoded(scene(7, 33, 33)), "2"
    assert scan(table).heights[0] == 33


def test_an_image_error_of_the_source_is_a_problem(tabled, scene):
    seen = scan(tabled([scene(0), ImageError("too large (over 5 bytes)")]))
    assert seen.problems == ("", "too large (over 5 bytes)")


def test_hashes_tell_arrays_of_other_shape_or_bytes_apart():
    flat = np.zeros((2, 8), np.uint8)
    assert len({content_hash(flat), content_hash(flat.reshape(4, 4)), content_hash(flat.tobytes())}) == 3
    assert content_hash(flat) == content_hash(np.asfortranarray(flat))


def test_signatures_are_the_lowest_fourier_coefficients_under_a_window():
    thumbnails = np.random.default_rng(0).integers(0, 256, (5, 32, 32), np.uint8)
    found = signatures(thumbnails, np.full((5, 3), 7.0))
    sine = np.sin(np.pi * (np.arange(32) + 0.5) / 32)
    window = np.outer(sine, sine)
    mean = (thumbnails * window).sum(axis=(1, 2), keepdims=True) / window.sum()
    windowed = (thumbnails - mean) * window
    spectrum = np.fft.fft2(windowed) / 1024
    kept = [(row, column) for row in range(-5, 6) for column in range(6) if column > 0 or row > 0]
    expected = np.stack([spectrum[:, row, column] for row, column in kept], axis=1)
    assert np.abs(found[:, :60] - expected.real).max() < 0.02
    assert np.abs(found[:, 60:120] - expected.imag).max() < 0.02
    assert (found[:, 120:123] == 7).all()
    assert np.abs(found[:, 123] - windowed.std(axis=(1, 2))).max() < 0.05


def test_a_small_set_of_files_keeps_its_pixels_for_the_next_look(tabled, scene, encoded, monkeypatch):
    pictures = [scene(seed) for seed in range(3)]
    table = tabled([encoded(pixels) for pixels in pictures])
    for row, pixels in scan(table).decoded.items():
        np.testing.assert_array_equal(pixels, pictures[row])
    assert len(scan(table).decoded) == 0, "it was recalled"
    monkeypatch.setattr(import_module("neocog.data.scan"), "_KEPT", 2 * pictures[0].nbytes)
    assert scan(tabled([encoded(scene(seed)) for seed in range(3, 6)])).decoded == {}, "three would not fit"
    assert scan(tabled(pictures)).decoded == {}, "an array lies in memory already"
