"""The numbers in a claim, how exactly they are meant, and whether what was computed agrees with them.

How exact a number is follows from its digits: "1.3M" stands for all between 1.25 and 1.35 million, "60M" for 55 to 65
(a zero before K or M may be a rounded digit), "1,500" for itself alone.

>>> [judge(*each).words for each in (("1.3M weights", [1_327_104]), ("20x32x32", [20, 32, 32]), ("24M", [15_237_608]))]
['agrees when rounded', 'agrees', 'does not']
"""

import enum
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

_NUMBER = re.compile(
    r"(?P<relation>[<>])?"
    r"(?P<whole>-?(?:\d{1,3}(?:,\d{3})+|\d+))(?:\.(?P<decimals>\d+)|/(?P<under>\d+))?"
    r"\s?(?P<suffix>K|M|million|billion|times)?"
)
_SCALES = {None: 1, "times": 1, "K": 10**3, "M": 10**6, "million": 10**6, "billion": 10**9}


class Verdict(enum.IntEnum):
    """How a claim fares; of several numbers the worst decides."""

    OPEN = 0
    AGREES = 1
    ROUNDED = 2
    CUT = 3
    DIFFERS = 4

    @property
    def words(self) -> str:
        """As the page says it."""
        return ("–", "agrees", "agrees when rounded", "agrees when cut off", "does not")[self]


@dataclass(frozen=True)
class Figure:
    """A number as it was said.

    `unit` is the worth of the last digit that is meant, 0 where nothing is rounded; `relation` is "<", ">" or "".
    """

    value: float
    unit: float
    relation: str

    def verdict(self, came: float) -> Verdict:
        """Whether a computed number agrees with it."""
        if self.relation:
            holds = came < self.value if self.relation == "<" else came > self.value
            return Verdict.AGREES if holds else Verdict.DIFFERS
        if math.isclose(came, self.value, rel_tol=1e-13, abs_tol=1e-12):
            return Verdict.AGREES
        if abs(came - self.value) <= self.unit / 2:
            return Verdict.ROUNDED
        return Verdict.CUT if 0 <= came - self.value < self.unit else Verdict.DIFFERS


def read(text: str) -> tuple[Figure, ...]:
    """The numbers of a text in their order.

    >>> read("60M, <3.5 % or 1/8")[0]
    Figure(value=60000000, unit=10000000, relation='')
    >>> [figure.value for figure in read("60M, <3.5 % or 1/8")]
    [60000000, 3.5, 0.125]
    """
    return tuple(_figure(found) for found in _NUMBER.finditer(text))


def _figure(found: re.Match[str]) -> Figure:
    whole, decimals, suffix = found["whole"].replace(",", ""), found["decimals"], found["suffix"]
    scale, relation = _SCALES[suffix], found["relation"] or ""
    if found["under"]:
        return Figure(int(whole) / int(found["under"]), 0, relation)
    if decimals:
        return Figure(float(f"{whole}.{decimals}") * scale, scale / 10 ** len(decimals), relation)
    zeros = len(whole) - len(whole.rstrip("0"))
    return Figure(int(whole) * scale, scale * 10**zeros if suffix else 0, relation)


def judge(says: str, came: Sequence[float]) -> Verdict:
    """Whether the computed numbers agree with those of a claim, one by one; a claim without a number leaves it open."""
    figures = read(says)
    if not figures:
        return Verdict.OPEN
    assert len(figures) == len(came), f"{says!r} has {len(figures)} numbers, computed are {list(came)}"
    return max(figure.verdict(number) for figure, number in zip(figures, came, strict=True))


def difference(says: str, came: Sequence[float]) -> str:
    """How far the first number that does not agree is from what was said.

    >>> difference("24M", [15_237_608]), difference("27", [14]), difference("353M", [847_000_000])
    ('37 % less', '14, not 27', '2.4 times as much')
    """
    figure, number = next(
        pair for pair in zip(read(says), came, strict=True) if pair[0].verdict(pair[1]) == max(Verdict)
    )
    if abs(figure.value) < 1000:
        return f"{number:.4g}, not {figure.relation}{figure.value:.4g}"
    ratio = number / figure.value
    if ratio >= 2:
        return f"{ratio:.1f} times as much"
    return f"{abs(ratio - 1):.0%} {'more' if ratio > 1 else 'less'}".replace("%", " %")
