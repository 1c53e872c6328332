"""Near-duplicates: planted copies are found, other pictures are left in peace, no set is too alike to be searched."""

from collections.abc import Callable, Sequence
from importlib import import_module

import numpy as np
import pytest
from PIL import Image

from neocog.core.errors import DataError
from neocog.data import records
from neocog.data.decode import decode
from neocog.data.duplicates import near_pairs, nominate
from neocog.data.find import find
from neocog.data.options import DataOptions
from neocog.data.prepare import single
from neocog.data.scan import scan
from neocog.data.table import Pixels, Table

BICUBIC, LANCZOS = Image.Resampling.BICUBIC, Image.Resampling.LANCZOS


@pytest.fixture(autouse=True)
def _fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))


def scaled(pixels: Pixels, factor: float, method: Image.Resampling) -> Pixels:
    height, width, channels = pixels.shape
    image = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
    size = (round(width * factor), round(height * factor))
    return np.asarray(image.resize(size, method)).reshape(size[1], size[0], channels)


def moved(pixels: Pixels, down: int, right: int) -> Pixels:
    """The picture shifted by a pixel, its border repeated."""
    height, width = pixels.shape[:2]
    wide = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    return wide[1 - down : 1 - down + height, 1 - right : 1 - right + width]


@pytest.fixture
def copies(encoded) -> tuple[Callable[[Pixels], bytes], ...]:
    return (
        lambda pixels: encoded(pixels, "JPEG", quality=70),
        lambda pixels: encoded(pixels, "JPEG", quality=80),
        lambda pixels: encoded(pixels, "JPEG", quality=95),
        lambda pixels: encoded(pixels, "PNG", compress_level=1),
        lambda pixels: encoded(scaled(pixels, 0.93, BICUBIC)),
        lambda pixels: encoded(scaled(pixels, 1.1, LANCZOS)),
        lambda pixels: encoded(moved(pixels, 0, 1)),
        lambda pixels: encoded(moved(pixels, -1, 0)),
        lambda pixels: encoded(moved(pixels, 1, -1), "JPEG", quality=85),
    )


def planted(pictures: Sequence[Pixels], make: Callable[..., Table], encode, copies) -> tuple[float, set[int]]:
    """The share of planted copies that are found (one a picture, of every kind in turn); rows found by mistake."""
    count = len(pictures)
    raw = [encode(pixels) for pixels in pictures]
    raw += [copies[place % len(copies)](pixels) for place, pixels in enumerate(pictures)]
    table = make(raw)
    seen = scan(table)
    assert not any(seen.problems)
    pairs = set(near_pairs(table, seen))
    truth = {(row, row + count) for row in range(count) if seen.hashes[row] != seen.hashes[row + count]}
    return len(truth & pairs) / len(truth), {row % count for pair in pairs - truth for row in pair}


def gray_as_one(pixels: Pixels) -> Pixels:
    return single(pixels) if (pixels == pixels[:, :, :1]).all() else pixels


@pytest.mark.parametrize(("size", "channels"), [((64, 48), 3), ((28, 28), 1), ((200, 260), 3), ((420, 300), 1)])
def test_planted_copies_are_found_among_made_pictures(tabled, scene, encoded, copies, size, channels):
    pictures = [scene(seed, *size, channels) for seed in range(27)]
    found, mistaken = planted(pictures, tabled, encoded, copies)
    assert found == 1
    assert mistaken == set()


@pytest.mark.parametrize(("name", "count"), [("neu-surface-defects.zip", 135), ("ants-bees-photos.zip", 54)])
def test_planted_copies_are_found_among_real_pictures(shared, tabled, encoded, copies, name, count):
    table = find(shared / name)
    rows = np.random.default_rng(0).permutation(len(table))[:count].tolist()
    pictures = [gray_as_one(decode(table.source.read(row)).pixels) for row in rows]
    found, mistaken = planted(pictures, tabled, encoded, copies)
    assert found >= 0.95
    assert mistaken == set()


def test_planted_copies_are_found_among_real_digits(shared, tabled, encoded, copies):
    table = find(shared / "mnist")
    rows = np.random.default_rng(0).permutation(len(table))[:900].tolist()
    found, mistaken = planted([decode(table.source.read(row)).pixels for row in rows], tabled, encoded, copies)
    assert found >= 0.95
    assert len(mistaken) <= 0.001 * len(rows)


def test_at_most_one_in_a_thousand_digits_is_flagged(shared):
    table = find(shared / "mnist")
    tests = tuple(row for row, name in enumerate(table.ids) if name.startswith("test/"))
    blocks = np.stack([table.source.read(row) for row in tests])
    part = Table(
        "mnist", _Block(blocks), tuple(table.ids[row] for row in tests), ("0",) * len(tests), ("",) * len(tests)
    )
    flagged = {row for pair in near_pairs(part, scan(part)) for row in pair}
    assert len(flagged) <= 0.001 * len(tests)


@pytest.mark.slow
def test_all_of_mnist(shared):
    table = find(shared / "mnist", DataOptions())
    flagged = {row for pair in near_pairs(table, scan(table)) for row in pair}
    assert len(table) == 70_000
    assert len(flagged) <= 70


class _Block:
    def __init__(self, images: Pixels) -> None:
        self.images = images

    def read(self, row: int) -> Pixels:
        return np.asarray(self.images[row])


def test_identical_files_are_not_called_near(tabled, scene, encoded):
    raw = [encoded(scene(seed)) for seed in range(3)]
    table = tabled(raw + raw)
    assert near_pairs(table, scan(table)) == ()


def test_plain_images_are_alike_by_their_color_alone(tabled, encoded):
    colors = [(200, 0, 0), (0, 102, 0), (200, 0, 0), (0, 102, 0), (90, 90, 90), (94, 94, 94)]
    raw = [
        encoded(np.full((30 + place // 2, 30, 3), color, np.uint8), compress_level=1 + place)
        for place, color in enumerate(colors)
    ]
    table = tabled(raw)
    assert set(near_pairs(table, scan(table))) == {(0, 2), (1, 3)}


def test_thousands_of_black_images_stay_bounded_and_hang_together(tabled):
    random = np.random.default_rng(0)
    images = np.zeros((3000, 28, 28), np.uint8)
    images[np.arange(3000), random.integers(0, 28, 3000), random.integers(0, 28, 3000)] = random.integers(1, 4, 3000)
    table = tabled(list(images))
    seen = scan(table)
    pairs = near_pairs(table, seen)
    assert len(pairs) <= 16 * 3000
    reached, edge = set(), {0}
    neighbors: dict[int, set[int]] = {}
    for one, other in pairs:
        neighbors.setdefault(one, set()).add(other)
        neighbors.setdefault(other, set()).add(one)
    while edge:
        reached |= edge
        edge = {row for known in edge for row in neighbors.get(known, ())} - reached
    assert len(reached) == len(set(seen.hashes))


def test_textures_of_one_kind_are_not_the_same(tabled):
    random = np.random.default_rng(0)
    table = tabled(list(random.integers(96, 160, (1500, 32, 32)).astype(np.uint8)))
    assert near_pairs(table, scan(table)) == ()


def test_no_image_nominates_more_than_sixteen(tabled):
    table = tabled([np.full((8, 8), 100 + row % 2, np.uint8) for row in range(300)])
    seen = scan(table)
    pairs = nominate(seen, np.arange(300))
    assert len(pairs) <= 16 * 300
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert len({tuple(pair) for pair in pairs.tolist()}) == len(pairs)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_rows_are_no_trouble(tabled, scene, count):
    table = tabled([scene(seed) for seed in range(count)])
    assert near_pairs(table, scan(table)) == ()


def test_unreadable_rows_are_passed_over(tabled, scene, encoded):
    picture = scene(0)
    table = tabled([b"broken", encoded(picture), b"", encoded(picture, "JPEG", quality=90)])
    assert near_pairs(table, scan(table)) == ((1, 3),)


def test_what_was_found_is_remembered(tabled, scene, encoded, monkeypatch):
    picture = scene(0)
    table = tabled([encoded(picture), encoded(picture, "JPEG", quality=90), encoded(scene(1))])
    seen = scan(table)
    first = near_pairs(table, seen)
    assert first == ((0, 1),)
    with monkeypatch.context() as patch:
        patch.setattr(import_module("neocog.data.duplicates"), "same_picture", None)
        assert near_pairs(table, seen) == first
    for path in records.folder().glob("*.npz"):
        path.write_bytes(b"nonsense")
    assert near_pairs(table, seen) == first


def test_an_image_that_is_gone_since_the_scan_is_an_error(tabled, scene, encoded):
    picture = scene(0)
    raw = [encoded(picture), encoded(picture, "JPEG", quality=90)]
    seen = scan(tabled(raw))
    seen.decoded.clear()  # what a scan has just seen is not read again
    with pytest.raises(DataError, match=r"00001\.png changed while it was being read; run the same command again"):
        near_pairs(tabled([raw[0], FileNotFoundError(2, "No such file")]), seen)
