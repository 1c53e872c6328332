"""The masks of a data set: looked at once, their classes named, and prepared beside their images.

A look at every mask says what cannot be used (missing, unreadable, of another size than its image, a value that is no
class) and counts its values; it is remembered as the look at the images is. The arrays that training and validation
read lie in the same cache, a byte a pixel, already as classes: `prepared_masks` beside `prepared`, `squashed_masks`
beside `squashed`.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import DataError
from neocog.data import records
from neocog.data.cache import kept, squash_side
from neocog.data.encoded import Encoded, Images
from neocog.data.mask import MOST_CLASSES, Legend, Mask, decode_mask, nearest, prepare_mask
from neocog.data.options import DataOptions
from neocog.data.parallel import Progress, chunked
from neocog.data.preprocessing import Preprocessing
from neocog.data.scan import Scan, content_hash, stamps_of
from neocog.data.table import Table
from neocog.data.trees import listed

_VERSION = "masks 1"


@dataclass(frozen=True, eq=False)
class Masks:
    """What was seen of each row's mask."""

    hashes: tuple[str, ...]
    """SHA-256 of the mask's bytes; "" where nothing could be read."""
    sizes: NDArray[np.int32]
    """Height and width (N, 2), 0 where unreadable."""
    counts: NDArray[np.int64]
    """How many pixels hold each of the 256 values (N, 256)."""
    problems: tuple[str, ...]
    """Why a row's mask cannot be used, in a few words; "" where it can."""


@dataclass(frozen=True, eq=False)
class MaskSet:
    """The masks of a data set with what they stand for, ready to be prepared."""

    hashes: tuple[str, ...]
    """SHA-256 of each row's mask."""
    counts: NDArray[np.int64]
    """How many pixels hold each of the 256 values (N, 256)."""
    problems: tuple[str, ...]
    """Why a row's mask cannot be used, in a few words; "" where it can."""
    legend: Legend
    names: tuple[str, ...]
    """The name of each class."""
    notes: tuple[str, ...] = ()
    """What was decided, in plain sentences."""

    def pixels(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many pixels of each class the masks of some rows hold (n, K)."""
        return self.counts[rows][:, list(self.legend.values)]


def look(table: Table, scan: Scan, progress: Progress | None = None) -> Masks:
    """Look at the mask of every row of a table, or recall what was seen; compares sizes with those of the images."""
    assert table.masks is not None, "the rows have masks"
    name = records.key(_VERSION, str(len(table)), many=stamps_of(table.masks, len(table)))
    seen = _recalled(name, len(table))
    if seen is None:
        parts = list(chunked(lambda rows: [_seen(table, row) for row in rows], len(table), progress))
        each = [one for part in parts for one in part]
        seen = Masks(
            hashes=tuple(one[0] for one in each),
            sizes=np.array([one[1] for one in each], np.int32).reshape(-1, 2),
            counts=np.array([one[2] for one in each], np.int64).reshape(-1, 256),
            problems=tuple(one[3] for one in each),
        )
        if not any(problem and label for problem, label in zip(seen.problems, table.labels, strict=True)):
            records.remember(name, _arrays(seen))
    problems = [
        problem
        or (f"its mask is {width} x {height} pixels, it is {wide} x {high}" if (height, width) != (high, wide) else "")
        for problem, (height, width), high, wide in zip(
            seen.problems, seen.sizes.tolist(), scan.heights.tolist(), scan.widths.tolist(), strict=True
        )
    ]
    return replace(seen, problems=tuple(problems))


def mask_set(table: Table, scan: Scan, masks: Masks, options: DataOptions) -> MaskSet:
    """What the values of masks stand for: the lines of `classes.txt`, else the values themselves.

    Raises `DataError` where there is one class only, or more than a byte tells apart.
    """
    usable = [row for row in scan.readable.tolist() if not masks.problems[row]]
    found = np.flatnonzero(masks.counts[usable].sum(axis=0)).tolist()
    notes = []
    ignored = options.ignore
    if ignored == "auto":
        ignored = "none" if set(found) <= {0, 255} and len(table.outputs) in (0, 2) else 255
    values = tuple(value for value in found if value != ignored)
    if ignored in found:
        share = masks.counts[usable].sum(axis=0)[ignored] / max(1, masks.counts[usable].sum())
        notes.append(f"Pixels of the value {ignored} are ignored: {share:.1%} of all.")
    names = table.outputs or tuple(map(str, values))
    if table.outputs and not (ignored == "none" and values == (0, 255)):
        values = tuple(range(len(table.outputs)))
    if len(values) > MOST_CLASSES and table.outputs:
        raise DataError(
            f"{table.name}: a mask tells at most {MOST_CLASSES} classes apart, classes.txt names {len(names)}; "
            "join some of them"
        )
    strange = {row: _strange(masks.counts[row], values, ignored) for row in usable}
    problems = tuple(problem or strange.get(row, "") for row, problem in enumerate(masks.problems))
    if len(values) < 2 or len(values) > MOST_CLASSES:
        raise DataError(
            f"{table.name}: masks must hold 2 to {MOST_CLASSES} classes, these hold {len(values)} "
            f"(the values {listed(list(map(str, values))) or 'none'}); give each class a value of its own, and "
            "data.ignore to the value that counts for nothing"
        )
    notes.append(_told(masks.counts[usable].sum(axis=0)[list(values)], names))
    return MaskSet(masks.hashes, masks.counts, problems, Legend(values), names, tuple(notes))


def prepared_masks(
    table: Table,
    masks: MaskSet,
    rows: NDArray[np.int64],
    preprocessing: Preprocessing,
    *,
    cache_gb: float = 20.0,
    progress: Progress | None = None,
) -> Images:
    """The masks of the rows as validation and test compare them (uint8 N H W, classes, or `IGNORED`)."""
    height, width = preprocessing.size
    geometry = f"{height} {width} {preprocessing.resize} {preprocessing.border} {preprocessing.short}"
    return _array(
        table,
        masks,
        rows,
        f"prepared {geometry}",
        (height, width),
        lambda mask: prepare_mask(mask, preprocessing),
        cache_gb,
        progress,
    )


def squashed_masks(
    table: Table,
    scan: Scan,
    masks: MaskSet,
    rows: NDArray[np.int64],
    side: int,
    *,
    cache_gb: float = 20.0,
    progress: Progress | None = None,
) -> Images:
    """The whole masks of the rows squeezed to the side of their squashed images (uint8 N S S); `side` is training's."""
    square = squash_side(scan, rows, side)
    return _array(
        table,
        masks,
        rows,
        f"squashed {square}",
        (square, square),
        lambda mask: nearest(mask, square, square),
        cache_gb,
        progress,
    )


def _told(pixels: NDArray[np.int64], names: tuple[str, ...]) -> str:
    """The share of the labelled pixels that are of each class, in a sentence.

    >>> _told(np.array([1, 3]), ("ground", "ring"))
    'Of the labelled pixels, 75.0% are ring, 25.0% ground.'
    """
    ranked = sorted(zip(pixels.tolist(), names, strict=True), reverse=True)
    total = max(1, int(pixels.sum()))
    first, *others = [f"{count / total:.1%} {'are ' * (not place)}{name}" for place, (count, name) in enumerate(ranked)]
    return f"Of the labelled pixels, {listed([first, *others], 8)}."


def _strange(counts: NDArray[np.int64], values: tuple[int, ...], ignored: object) -> str:
    """Why a mask does not fit the classes, or ""."""
    unknown = [value for value in np.flatnonzero(counts).tolist() if value not in values and value != ignored]
    if unknown:
        return f"its mask holds the value {unknown[0]}, which is no class"
    return "" if counts[list(values)].any() else "every pixel of its mask is ignored"


def _array(
    table: Table,
    masks: MaskSet,
    rows: NDArray[np.int64],
    geometry: str,
    size: tuple[int, int],
    make: Callable[[Mask], Mask],
    cache_gb: float,
    progress: Progress | None,
) -> Images:
    lookup = masks.legend.lookup()
    shape = (len(rows), *size)
    hashes = masks.hashes
    key = records.key(_VERSION, geometry, repr(masks.legend), many=(hashes[row] for row in rows))

    def mask(position: int) -> Mask:
        # black bars and a border are IGNORED already, which no legend names
        values = _checked(table, hashes, int(rows[position]))
        return np.asarray(make(lookup[values]))

    def fill(array: NDArray[np.uint8], start: int) -> Iterator[int]:
        def work(places: range) -> int:
            for position in range(start + places.start, start + places.stop):
                array[position] = mask(position)
            return start + places.stop

        def told(done: int, _: int) -> None:
            if progress is not None:
                progress(start + done, len(rows))

        return chunked(work, len(rows) - start, told, chunk=32)

    array = kept("masks", table.name, key, shape, "uint8", fill, cache_gb=cache_gb, progress=progress)
    return Encoded(shape, mask, key) if array is None else array


def _checked(table: Table, hashes: tuple[str, ...], row: int) -> Mask:
    assert table.masks is not None, "the rows have masks"
    raw = table.masks.read(row)
    if content_hash(raw) != hashes[row]:
        raise DataError(
            f"{table.labels[row]} changed while it was in use; bring it back as it was to go on with --resume, or "
            "begin anew"
        )
    return decode_mask(raw)


def _seen(table: Table, row: int) -> tuple[str, tuple[int, int], NDArray[np.int64], str]:
    """Hash, size, counts and problem of one mask."""
    assert table.masks is not None, "the rows have masks"
    nothing = np.zeros(256, np.int64)
    if not table.labels[row]:
        return "", (0, 0), nothing, "it has no mask"
    digest = ""
    try:
        raw = table.masks.read(row)
        digest = content_hash(raw)
        mask = decode_mask(raw)
    except (DataError, OSError) as error:
        return digest, (0, 0), nothing, f"its mask: {error}"
    return digest, (mask.shape[0], mask.shape[1]), np.bincount(mask.ravel(), minlength=256), ""


def _arrays(seen: Masks) -> dict[str, NDArray[np.generic]]:
    return {
        "hashes": np.frombuffer(json.dumps(seen.hashes).encode(), np.uint8),
        "sizes": seen.sizes,
        "counts": seen.counts,
        "problems": np.frombuffer(json.dumps(seen.problems).encode(), np.uint8),
    }


def _recalled(name: str, count: int) -> Masks | None:
    stored = records.recall(name)
    if stored is None or stored.get("counts", np.zeros(0)).shape != (count, 256):
        return None
    try:
        hashes, problems = (tuple(json.loads(stored[field].tobytes())) for field in ("hashes", "problems"))
        seen = Masks(hashes, stored["sizes"], stored["counts"], problems)
    except (KeyError, ValueError):
        return None
    return seen if len(hashes) == len(problems) == len(seen.sizes) == count else None
