"""A share with its uncertainty: so many of so many, and the 95 % interval in which the true rate lies.

The interval is Wilson's ("Probable inference, the law of succession, and statistical inference", 1927): unlike the
textbook's p ± 1.96 sqrt(p (1 - p) / n) it stays within 0 and 1 and does not shrink to nothing at 0 of n or n of n.
"""

from dataclasses import dataclass
from statistics import NormalDist

from neocog.core.errors import DataError

LEVEL = 0.95


@dataclass(frozen=True)
class Proportion:
    """`hits` of `n`, with `low` and `high`, the ends of the 95 % Wilson interval.

    >>> share = Proportion.of(176, 180)
    >>> f"{share.value:.3f} ({share.low:.3f} to {share.high:.3f})"
    '0.978 (0.944 to 0.991)'
    """

    hits: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself, 0 to 1."""
        return self.hits / self.n

    @staticmethod
    def of(hits: int, n: int) -> "Proportion":
        """The share of `hits` in `n`; raises `DataError` where n is 0 or the hits are more than n."""
        low, high = wilson(hits, n)
        return Proportion(int(hits), int(n), low, high)


def wilson(hits: float, n: int, level: float = LEVEL) -> tuple[float, float]:
    """The ends of the Wilson interval of `hits` (a broken number, where each may count in part) in `n`.

    >>> low, high = wilson(0, 10)
    >>> low, round(high, 3)
    (0.0, 0.278)
    """
    if n < 1 or not 0 <= hits <= n:
        raise DataError(f"a share needs 0 <= hits <= n and n >= 1, not {hits} of {n}; count again")
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * ((share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5) / (1 + z * z / n)
    return (0.0 if hits == 0 else float(middle - half)), (1.0 if hits == n else float(middle + half))
