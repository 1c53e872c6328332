"""Near-duplicates: the same picture under other bytes (saved again, resized a little, moved by a pixel).

Three sieves, each for what the one before lets through. Images of about the same brightness whose signatures have
nearly the same magnitudes are nominated, by one blocked matrix product over all of them; the phases must then agree for
some shift of a pixel; at last `compare.same_picture` looks at the pixels, and its word alone counts. A set with very
many alike pictures stays bounded: no image nominates more than 16 others, and within a large group already known to
be one picture no further pairs are looked at.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import DataError
from neocog.data import records
from neocog.data.compare import LARGEST, may_be_same, reduced, same_picture
from neocog.data.parallel import Progress, chunked
from neocog.data.pictures import row_picture
from neocog.data.scan import Scan
from neocog.data.signature import COLUMN_FREQUENCIES, FREQUENCIES, ROW_FREQUENCIES
from neocog.data.table import Pixels, Table

Pairs = NDArray[np.int64]

_VERSION = "duplicates 2"
_BLOCK = 1024
_MOST = 16
_BRIGHTNESS = 4.0
_MAGNITUDES = 0.13
_PHASES = 0.2
_CONTRAST = 0.17
_ASPECT = 0.05
_FAINTEST = 1.0
_LARGE_GROUP = 16
_STEP = 512


def near_pairs(table: Table, scan: Scan, progress: Progress | None = None) -> tuple[tuple[int, int], ...]:
    """The pairs of rows whose images are nearly the same but not the same bytes.

    Of identical rows the first stands for all. Remembered in the cache folder by the rows' contents.
    """
    name = records.key(_VERSION, many=scan.hashes)
    stored = records.recall(name)
    if stored is not None and stored.get("pairs", np.zeros(0)).ndim == 2:
        return _tuples(stored["pairs"])
    rows = _distinct(scan)
    pairs = _confirmed(table, scan, rows[nominate(scan, rows)], progress)
    records.remember(name, {"pairs": pairs})
    return _tuples(pairs)


def nominate(scan: Scan, rows: NDArray[np.int64]) -> Pairs:
    """Pairs of positions in `rows` whose signatures are alike (M 2): candidates, not yet duplicates."""
    values = scan.signatures[rows].astype(np.float32)
    colors, deviation = values[:, 2 * FREQUENCIES : -1], np.maximum(values[:, -1], _FAINTEST)
    parts = values[:, : 2 * FREQUENCIES] * (np.float32(np.sqrt(2)) / deviation[:, None])
    spectrum = np.empty((len(rows), FREQUENCIES), np.complex64)
    spectrum.real, spectrum.imag = parts[:, :FREQUENCIES], parts[:, FREQUENCIES:]
    brightness = colors.mean(axis=1)
    order = np.argsort(brightness, kind="stable")
    candidates = [order[pairs] for pairs in _alike(np.abs(spectrum)[order], brightness[order])]
    pairs = np.concatenate([np.zeros((0, 2), np.int64), *candidates])
    one, other = pairs.T
    heights, widths = scan.heights[rows].astype(np.float64), scan.widths[rows].astype(np.float64)
    shape = np.log(widths / np.maximum(heights, 1))
    close = np.abs(colors[one] - colors[other]).max(axis=1, initial=0) < _BRIGHTNESS
    close &= np.abs(np.log(deviation[one] / deviation[other])) < _CONTRAST
    close &= np.abs(shape[one] - shape[other]) < _ASPECT
    pairs = pairs[close]
    sizes = np.stack([heights, widths], axis=1)
    kept = [_in_phase(spectrum, sizes, pairs[start : start + 4096]) for start in range(0, len(pairs), 4096)]
    pairs = np.sort(pairs[np.concatenate([np.zeros(0, bool), *kept])], axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _distinct(scan: Scan) -> NDArray[np.int64]:
    """The first readable row of each content."""
    first: dict[str, int] = {}
    for row in scan.readable.tolist():
        first.setdefault(scan.hashes[row], row)
    return np.array(list(first.values()), dtype=np.int64)


def _alike(magnitudes: NDArray[np.float32], brightness: NDArray[np.float32]) -> Iterator[Pairs]:
    """Pairs of alike magnitudes among rows sorted by brightness: each row with the 16 nearest after it, at most."""
    lengths = (magnitudes * magnitudes).sum(axis=1)
    for start in range(0, len(magnitudes), _BLOCK):
        stop = min(start + _BLOCK, len(magnitudes))
        end = int(np.searchsorted(brightness, brightness[stop - 1] + _BRIGHTNESS, side="right"))
        distances = magnitudes[start:stop] @ magnitudes[start:end].T
        distances *= -2
        distances += lengths[start:end]
        distances += lengths[start:stop, None]
        one, other = np.divmod(np.flatnonzero(distances < _MAGNITUDES**2), end - start)
        later = other > one
        one, other = one[later], other[later]
        # rounded, so that equal images keep their order: each is then paired with the next one
        rank = np.lexsort((other, distances[one, other].round(4), one))
        one, other = one[rank], other[rank]
        place = np.arange(len(one)) - np.searchsorted(one, one)
        yield np.stack([one, other], axis=1)[place < _MOST] + start


def _in_phase(spectrum: NDArray[np.complex64], sizes: NDArray[np.float64], pairs: Pairs) -> NDArray[np.bool_]:
    """Which pairs have low frequencies that agree for some shift by at most a pixel in each direction."""
    first, second = spectrum[pairs[:, 0]], spectrum[pairs[:, 1]]
    down = np.exp(2j * np.pi * ROW_FREQUENCIES / sizes[pairs[:, 0], :1]).astype(np.complex64)
    right = np.exp(2j * np.pi * COLUMN_FREQUENCIES / sizes[pairs[:, 0], 1:]).astype(np.complex64)
    agree = np.zeros(len(pairs), np.bool_)
    for rows in (-1, 0, 1):
        for columns in (-1, 0, 1):
            difference = first - second * down**rows * right**columns
            agree |= (difference.real**2 + difference.imag**2).sum(axis=1) < _PHASES**2
    return agree


def _confirmed(table: Table, scan: Scan, pairs: Pairs, progress: Progress | None) -> Pairs:
    """The pairs of rows that show the same picture, in order."""
    image = _reader(table, scan)
    group = _Groups()
    kept: list[Pairs] = []
    for start in range(0, len(pairs), _STEP):
        asked = np.array([pair for pair in pairs[start : start + _STEP].tolist() if not group.settled(*pair)])

        def look(places: range, asked: Pairs = asked) -> list[bool]:
            shown = [(image(int(one)), image(int(other))) for one, other in asked[places.start : places.stop]]
            return [possible and same_picture(*both) for possible, both in zip(_possible(shown), shown, strict=True)]

        found = [answer for part in chunked(look, len(asked), chunk=32) for answer in part]
        same = asked.reshape(-1, 2)[np.array(found, dtype=np.bool_)]
        for one, other in same.tolist():
            group.join(one, other)
        kept.append(same)
        if progress is not None:
            progress(min(start + _STEP, len(pairs)), len(pairs))
    return np.concatenate([np.zeros((0, 2), np.int64), *kept])


def _possible(pairs: Sequence[tuple[Pixels, Pixels]]) -> list[bool]:
    """Whether each pair has to be looked at one by one: small gray ones of one size are sieved together before."""
    shapes = {pixels.shape for pair in pairs for pixels in pair}
    height, width, channels = shapes.pop()
    if shapes or channels > 1 or max(height, width) > LARGEST:
        return [True] * len(pairs)
    ones, others = (np.stack([pair[side][:, :, 0] for pair in pairs]) for side in (0, 1))
    return [bool(possible) for possible in may_be_same(ones, others)]


def _reader(table: Table, scan: Scan) -> Callable[[int], Pixels]:
    @lru_cache(maxsize=64)
    def image(row: int) -> Pixels:
        if row in scan.decoded:
            return reduced(scan.decoded[row])
        try:
            return reduced(row_picture(table, row))
        except (DataError, OSError) as error:
            raise DataError(f"{table.ids[row]} changed while it was being read; run the same command again") from error

    return image


class _Groups:
    """Which rows are known to show one picture (union-find with sizes)."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}
        self._size: dict[int, int] = {}

    def root(self, row: int) -> int:
        """The row that stands for the group."""
        parent = self._parent
        while parent.get(row, row) != row:
            parent[row] = parent.get(parent[row], parent[row])
            row = parent[row]
        return row

    def join(self, one: int, other: int) -> None:
        """The two rows show one picture."""
        first, second = self.root(one), self.root(other)
        if first != second:
            self._parent[second] = first
            self._size[first] = self._size.get(first, 1) + self._size.pop(second, 1)

    def settled(self, one: int, other: int) -> bool:
        """Whether both are in one large group already."""
        root = self.root(one)
        return root == self.root(other) and self._size.get(root, 1) >= _LARGE_GROUP


def _tuples(pairs: Sequence[Sequence[int]] | Pairs) -> tuple[tuple[int, int], ...]:
    return tuple((int(one), int(other)) for one, other in np.asarray(pairs).tolist())
