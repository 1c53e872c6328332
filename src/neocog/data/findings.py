"""What is wrong with the data, and what a person should do about it: `check DATA` prints it, the report shows it.

Everything here is counted, nothing is changed. The value holds plain numbers and texts only, so that it can be written
as JSON; long lists are cut at `MOST`, beside their true length.
"""

import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neocog.data.kinds import NOUNS, PICTURED
from neocog.data.options import DataOptions
from neocog.data.scan import Scan
from neocog.data.shortcuts import Shortcut
from neocog.data.split import Split
from neocog.data.table import SPLITS, Table
from neocog.data.targets import target
from neocog.data.trees import counted, listed

MOST = 200
"""The longest list that is kept of anything."""

_DIGITS = re.compile(r"\d+")
_FEW = 20
_UNEQUAL = 3.0
_LONG = 3.0
_TINY = 16
_FAR = 4.0


@dataclass(frozen=True)
class Unreadable:
    """An image that is left out, and why."""

    id: str
    reason: str


@dataclass(frozen=True)
class Pair:
    """Two rows with the same picture: `kind` is `identical` (the same bytes), `near` (nearly the same pixels) or
    `alike` (a network can hardly tell them apart: perhaps the same thing)."""

    id: str
    label: str
    side: str
    other_id: str
    other_label: str
    other_side: str
    kind: str


@dataclass(frozen=True)
class Sizes:
    """The sizes of the readable images, in pixels."""

    smallest: tuple[int, int]
    """Height and width of the image with the fewest pixels."""
    median: tuple[int, int]
    """The median height and the median width."""
    largest: tuple[int, int]
    """Height and width of the image with the most pixels."""
    distinct: int
    """How many different sizes there are."""


@dataclass(frozen=True)
class Range:
    """The numbers that readable rows have as targets, in their own unit."""

    lowest: float
    median: float
    highest: float
    mean: float
    deviation: float


@dataclass(frozen=True)
class Findings:
    """What was found out about a data set."""

    name: str
    images: int
    """Rows of the table, unreadable ones too."""
    counts: Mapping[str, Mapping[str, int]]
    """For each class, or label, the number of readable images on each side (`train`, `val`, `test`)."""
    grey: int
    """Readable images whose red, green and blue are equal."""
    sizes: Sizes
    unreadable: tuple[Unreadable, ...]
    unreadable_count: int
    duplicates: tuple[Pair, ...]
    """The same picture twice on one side."""
    duplicate_count: int
    leaks: tuple[Pair, ...]
    """The same picture on two sides."""
    leak_count: int
    conflicts: tuple[Pair, ...]
    """The same picture under two labels."""
    conflict_count: int
    odd: tuple[str, ...]
    """Images of unusual size or shape, with their size."""
    odd_count: int
    imbalance: float
    """Images of the largest class for each one of the smallest."""
    unseen: tuple[str, ...]
    """Classes that are validated or tested but never trained."""
    notes: tuple[str, ...]
    """What was decided while finding and splitting, in plain sentences."""
    suggestions: tuple[str, ...]
    """What to do next, in plain sentences; the most pressing first."""
    shortcuts: tuple[Shortcut, ...] = ()
    """How well properties beside the object tell the label, the most telling first."""
    alike: tuple[Pair, ...] | None = None
    """Images that a network can hardly tell apart, those on two sides first; None where none was asked."""
    alike_count: int = 0
    noun: str = "image"
    """What one of them is called."""
    task: str = "class"
    """The kind of target."""
    sides: Mapping[str, int] = field(default_factory=dict)
    """The readable images on each side."""
    numbers: Mapping[str, Range] = field(default_factory=dict)
    """What the numbers to be estimated look like, by their names."""

    @property
    def told(self) -> tuple[Shortcut, ...]:
        """The properties that tell the label better than sound data give reason for."""
        return tuple(each for each in self.shortcuts if each.told)

    def document(self) -> dict[str, Any]:
        """The findings as plain lists, texts and numbers, for JSON."""
        return asdict(self)


def findings(
    table: Table,
    scan: Scan,
    split: Split,
    options: DataOptions,
    near: Sequence[tuple[int, int]] = (),
    shortcuts: tuple[Shortcut, ...] = (),
) -> Findings:
    """Count what is wrong with a data set; `near` are the pairs of rows that are near-duplicates."""
    rows = scan.readable.tolist()
    pairs = [] if table.input_kind == "board" else _pairs(table, scan, split, rows, near)  # games begin alike
    leaks = [_pair(table, split, leak.row, leak.other, leak.kind) for leak in split.leaks]
    kind = target(table.target_kind)
    conflicts = [pair for pair in pairs if kind.differ(pair.label, pair.other_label)]
    duplicates = [pair for pair in pairs if pair.side == pair.other_side]
    unreadable = [Unreadable(table.ids[row], problem) for row, problem in enumerate(scan.problems) if problem]
    counts = _counts(table, split, rows)
    odd = _odd(table, scan)
    totals = [sum(sides.values()) for sides in counts.values()]
    unseen = tuple(label for label, sides in counts.items() if sum(sides.values()) and not sides["train"])
    if table.input_kind == "board":  # a point that nobody played is a move all the same
        unseen = ()
    found = Findings(
        name=table.name,
        images=len(table),
        counts=counts,
        grey=int(scan.grey[scan.readable].sum()),
        sizes=_sizes(scan),
        unreadable=tuple(unreadable[:MOST]),
        unreadable_count=len(unreadable),
        duplicates=tuple(duplicates[:MOST]),
        duplicate_count=len(duplicates),
        leaks=tuple(leaks[:MOST]),
        leak_count=len(leaks),
        conflicts=tuple(conflicts[:MOST]),
        conflict_count=len(conflicts),
        odd=tuple(odd[:MOST]),
        odd_count=len(odd),
        imbalance=round(max(totals) / max(1, min(totals)), 2) if totals else 1.0,
        unseen=unseen,
        notes=(*table.notes, *split.notes),
        suggestions=(),
        shortcuts=shortcuts,
        noun=NOUNS[table.input_kind],
        task=table.target_kind,
        sides={side: sum(split.sides[row] == side for row in rows) for side in SPLITS},
        numbers=_numbers(table, rows),
    )
    return _advised(found, options)


def with_alike(found: Findings, pairs: Sequence[Pair]) -> Findings:
    """The findings with the pairs of images that a network can hardly tell apart, and what to do about them."""
    apart = sum(pair.side != pair.other_side for pair in pairs)
    share = "all" if apart == len(pairs) else f"{apart:,}"
    where = f", {share} of them on two sides of the split" if apart else ""
    text = (
        f"{counted(len(pairs), 'pair')} of images that a network can hardly tell apart{where}: look at them. Images of "
        "one thing belong on one side; a column `group` in a table, the same for all of them, keeps them there."
    )
    told = (text,) if pairs else ()
    suggestions = (*told, *found.suggestions) if apart else (*found.suggestions, *told)
    return replace(found, alike=tuple(pairs[:MOST]), alike_count=len(pairs), suggestions=suggestions)


def odd_sounds(scan: Scan) -> dict[int, str]:
    """What is odd about sounds, by row: that they are far longer or shorter than usual, silent or clipped."""
    rows = scan.readable
    seconds = scan.widths / np.maximum(scan.heights, 1)
    usual = float(np.median(seconds[rows])) if len(rows) else 0.0
    told = {}
    for row in rows.tolist():
        far = not usual / _FAR <= seconds[row] <= usual * _FAR
        words = (f"{seconds[row]:.3g} s" if far else "", scan.remarks[row] if scan.remarks else "")
        if any(words):
            told[row] = ", ".join(filter(None, words))
    return told


def odd_rows(scan: Scan, kind: str = "image") -> NDArray[np.int64]:
    """The rows whose image is very long, tiny, or far from the set's usual size; of sounds what `odd_sounds` names."""
    if kind == "sound":
        return np.array(list(odd_sounds(scan)), np.int64)
    rows = scan.readable
    if not len(rows):
        return rows
    heights, widths = scan.heights[rows].astype(float), scan.widths[rows].astype(float)
    short, long = np.minimum(heights, widths), np.maximum(heights, widths)
    usual_short, usual_long = float(np.median(short)), float(np.median(long))
    usual_shape = usual_long / usual_short
    shape = long / short
    strange = (shape > _LONG * usual_shape) | (short * _FAR < usual_short) | (long > _FAR * usual_long)
    strange |= (short < _TINY) & (usual_short >= _TINY)
    return np.asarray(rows[strange])


def unseen(found: Findings) -> str:
    """The classes that have no training image, with where their images are."""
    told = []
    for label in found.unseen:
        places = [f"{count:,} in {side}" for side, count in found.counts[label].items() if count]
        told.append(f"{label} ({', '.join(places)})")
    return listed(told)


def unseen_mend(found: Findings) -> str:
    """What to do about them: a class that is only spelled otherwise in training is told."""
    trained = [label for label, sides in found.counts.items() if sides["train"]]
    for label in found.unseen:
        told = {name.casefold(): name for name in trained if _DIGITS.findall(name) == _DIGITS.findall(label)}
        if close := difflib.get_close_matches(label.casefold().strip(), told, 1, 0.8):
            return f"is {label!r} the same as {told[close[0]]!r}? then name it alike, else add training images of it"
    return "add some, or take the class out of the other splits, for no network can name what it never saw"


def _odd(table: Table, scan: Scan) -> list[str]:
    """What is of unusual size, with it; of sentences the long ones, of sounds what is silent or clipped too."""
    if table.input_kind == "sound":
        return [f"{table.ids[row]} ({told})" for row, told in odd_sounds(scan).items()]
    if table.input_kind in PICTURED:
        return [
            f"{table.ids[row]} ({scan.widths[row]} x {scan.heights[row]} pixels)" for row in odd_rows(scan).tolist()
        ]
    rows = scan.readable
    lengths = scan.widths[rows]
    usual = float(np.median(lengths)) if len(rows) else 0.0
    return [f"{table.ids[row]} ({scan.widths[row]:,} words)" for row in rows[lengths > _FAR * usual].tolist()]


def extent(found: Findings) -> str:
    """How large the samples are, from the smallest to the largest.

    >>> sizes = Sizes((8000, 4000), (8000, 8000), (8000, 16000), 3)
    >>> _extent_of_sounds(sizes)
    '0.5 to 2 s at 8,000 samples a second'
    """
    sizes = found.sizes
    if found.noun == "position":
        return f"{sizes.median[1]} x {sizes.median[0]} points"
    if found.noun == "sentence":
        return f"{sizes.smallest[1]:,} to {sizes.largest[1]:,} words"
    if found.noun == "row":
        return f"{sizes.largest[1]:,} numbers each"
    if found.noun == "sound":
        return _extent_of_sounds(sizes)
    low, high = (f"{width} x {height}" for height, width in (sizes.smallest, sizes.largest))
    return f"{low if sizes.distinct == 1 else f'{low} to {high}'} pixels"


def _extent_of_sounds(sizes: Sizes) -> str:
    rates = sorted({sizes.smallest[0], sizes.median[0], sizes.largest[0]})
    low, high = (samples / max(rate, 1) for rate, samples in (sizes.smallest, sizes.largest))
    length = f"{low:.3g} s" if low == high else f"{low:.3g} to {high:.3g} s"
    return f"{length} at {' to '.join(f'{rate:,}' for rate in (rates[:1] + rates[1:][-1:]))} samples a second"


def _counts(table: Table, split: Split, rows: Sequence[int]) -> dict[str, dict[str, int]]:
    kind = target(table.target_kind)
    if not kind.counted:
        return {}
    counted = Counter((label, split.sides[row]) for row in rows for label in kind.labels_of(table.labels[row]))
    names = kind.names((table.labels[row] for row in rows), table.outputs)
    return {label: {side: counted[label, side] for side in SPLITS} for label in names}


def _numbers(table: Table, rows: Sequence[int]) -> dict[str, Range]:
    if table.target_kind != "number" or not rows:
        return {}
    kind, cells = target("number"), [table.labels[row] for row in rows]
    names = kind.names(cells, table.outputs)
    columns = kind.encode(cells, names).astype(np.float64).T
    return {
        name: Range(
            *(float(f"{figure:.6g}") for figure in (*np.quantile(column, (0, 0.5, 1)), column.mean(), column.std()))
        )
        for name, column in zip(names, columns, strict=True)
    }


def _pair(table: Table, split: Split, row: int, other: int, kind: str) -> Pair:
    return Pair(
        id=table.ids[row],
        label=table.labels[row],
        side=split.sides[row],
        other_id=table.ids[other],
        other_label=table.labels[other],
        other_side=split.sides[other],
        kind=kind,
    )


def _pairs(table: Table, scan: Scan, split: Split, rows: Sequence[int], near: Sequence[tuple[int, int]]) -> list[Pair]:
    """Pairs of equal pictures: identical ones, each row beside an earlier one of another label and one of its side (the
    same, where it can be), then near ones.
    """
    first: dict[str, list[int]] = {}
    pairs: list[Pair] = []
    for row in rows:
        seen = first.setdefault(scan.hashes[row], [])
        beside = [one for one in seen if split.sides[one] == split.sides[row]]
        found = [one for one in (*beside, *seen) if table.labels[one] != table.labels[row]][:1]
        if not found or found[0] not in beside:
            found += beside[:1]
        pairs.extend(_pair(table, split, one, row, "identical") for one in found)
        if all((table.labels[one], split.sides[one]) != (table.labels[row], split.sides[row]) for one in seen):
            seen.append(row)
    readable = set(rows)
    pairs.extend(_pair(table, split, one, other, "near") for one, other in near if {one, other} <= readable)
    return pairs


def _sizes(scan: Scan) -> Sizes:
    rows = scan.readable
    if not len(rows):
        return Sizes((0, 0), (0, 0), (0, 0), 0)
    heights, widths = scan.heights[rows].astype(np.int64), scan.widths[rows].astype(np.int64)
    low, high = int((heights * widths).argmin()), int((heights * widths).argmax())
    return Sizes(
        smallest=(int(heights[low]), int(widths[low])),
        median=(int(np.median(heights)), int(np.median(widths))),
        largest=(int(heights[high]), int(widths[high])),
        distinct=len(np.unique(heights * 2**20 + widths)),
    )


def _advised(found: Findings, options: DataOptions) -> Findings:
    advice: list[str] = []
    if found.unreadable_count:
        share = found.unreadable_count / found.images
        text = f"{_are(found, found.unreadable_count)} unreadable and left out: repair or delete them"
        if share > options.max_unreadable:
            text += f"; more than {options.max_unreadable:.0%} of the set, so training refuses"
        advice.append(text + ".")
    if found.unseen:
        advice.append(f"No training {found.noun} of {unseen(found)}: {unseen_mend(found)}.")
    if found.leak_count:
        advice.append(
            f"{counted(found.leak_count, 'pair')} of the same {_thing(found)} on two sides of the given split: the "
            "figures will be too good. Remove one of each pair, or give no split and let one be drawn that keeps the "
            f"same {_thing(found)}s together."
        )
    if found.conflict_count:
        advice.append(
            f"{counted(found.conflict_count, 'pair')} of the same {_thing(found)} under two labels: decide which is "
            "right, no network can learn both."
        )
    if found.told:
        advice.append(found.told[0].advice)
    if found.duplicate_count:
        advice.append(
            f"{_are(found, found.duplicate_count)} a copy of another one on the same side: they do no harm, but "
            "count twice."
        )
    if found.noun != "position":  # a move is rare or frequent as the game has it
        advice.extend(_advice_on_classes(found))
    if found.odd_count:
        shape = {"image": " or shape", "sound": ", silent or clipped"}.get(found.noun, "")
        advice.append(f"{_are(found, found.odd_count)} of unusual size{shape}: look whether they belong to the set.")
    if found.noun == "image" and options.resize == "crop" and _long(found.sizes):
        advice.append("The images are far from square, and the center crop cuts much away: try --set data.resize=pad.")
    return replace(found, suggestions=tuple(advice))


def _advice_on_classes(found: Findings) -> list[str]:
    advice = []
    noun = "label" if found.task == "classes" else "class"
    if len(found.counts) == 1 and found.task == "class":
        advice.append("There is one class only: training needs at least two.")
    lone = [label for label, sides in found.counts.items() if sides["train"] == 1]
    if lone:
        plural = noun + ("es" if noun == "class" else "s") * (len(lone) > 1)
        advice.append(
            f"One training {found.noun} only of {listed(lone)}: what is seen once can be remembered, not learned. "
            f"Add some, or take the {plural} out."
        )
    few = [label for label, sides in found.counts.items() if 1 < sides["train"] < _FEW]
    if few:
        advice.append(
            f"Fewer than {_FEW} training {found.noun}s in {listed(few)}: collect more before you trust the figures."
        )
    unjudged = [label for label, sides in found.counts.items() if sides["train"] and not sides["test"]]
    if unjudged and len(unjudged) < len(found.counts):
        advice.append(
            f"No test {found.noun} of {listed(unjudged)}: how well {'it is' if len(unjudged) == 1 else 'they are'} "
            f"found will not be known. Where the split is drawn, a {noun} needs three different {found.noun}s."
        )
    totals = {label: sum(sides.values()) for label, sides in found.counts.items() if sides["train"]}
    large, small = (choose(totals, key=lambda name: totals[name], default="") for choose in (max, min))
    if totals and totals[large] > _UNEQUAL * totals[small] and found.task == "classes":
        advice.append(
            "The labels are unequally frequent: judge by the mean average precision and by the figures of each label."
        )
    elif totals and totals[large] > _UNEQUAL * totals[small]:  # what is not trained at all cannot weigh more
        advice.append(
            f"The classes are unequal ({totals[large]:,} of {large}, {totals[small]:,} of {small}): judge by balanced "
            "accuracy and by the figures of each class, not by accuracy alone. To let the rare ones count as much in "
            "training: --set sampling=balanced (they are seen more often) or --set loss.class_weights=balanced (they "
            "weigh more)."
        )
    tested = found.sides.get("test", 0)
    if 0 < tested < 100:
        advice.append(
            f"The test set has {counted(tested, found.noun)}: its figures can be off by several points, as their "
            "intervals show."
        )
    return advice


def _long(sizes: Sizes) -> bool:
    return max(sizes.median) > 2 * min(sizes.median) > 0


def _thing(found: Findings) -> str:
    """What two files may show the same of."""
    return "picture" if found.noun == "image" else found.noun


def _are(found: Findings, count: int) -> str:
    return counted(count, found.noun) + (" is" if count == 1 else " are")
