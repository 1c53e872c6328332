"""Fair shares of several labels at once: iterative stratification.

Labels that hold together cannot each be dealt by itself. So the rarest label that is left is dealt first, each group of
rows with it to the part that lacks it most, and then the next, until all are dealt; groups without a label fill what is
missing (Sechidis, Tsoumakas and Vlahavas, "On the stratification of multi-label data", 2011). A group is rows that
must stay together, and counts as many times as it has rows.

>>> held = np.array([[1, 0], [1, 0], [0, 1], [0, 1]])
>>> stratified([[0], [1], [2], [3]], held, [0.5, 0.5])
[0, 1, 0, 1]
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def stratified(groups: Sequence[Sequence[int]], held: ArrayLike, shares: Sequence[float]) -> list[int]:
    """The part that each group goes to, of as many as there are `shares` (which sum to 1).

    `held` (rows, K) says which labels each row has. Groups that serve equally well are dealt in their order, to the
    first of the parts that lack as much.
    """
    labels = np.asarray(held, np.float64)
    counts = np.array([labels[list(group)].sum(axis=0) for group in groups]).reshape(len(groups), labels.shape[1])
    sizes = np.array([len(group) for group in groups], np.float64)
    parts = np.array(shares, np.float64)
    lacking = np.outer(parts, counts.sum(axis=0))  # parts K
    room = parts * sizes.sum()
    dealt = np.full(len(groups), -1, np.int64)
    while (free := dealt < 0).any():
        left = counts[free].sum(axis=0)
        if not left.any():
            for group in np.flatnonzero(free).tolist():
                _deal(group, int(room.argmax()), dealt, counts, sizes, lacking, room)
            break
        rarest = int(np.where(left > 0, left, np.inf).argmin())
        for group in np.flatnonzero(free & (counts[:, rarest] > 0)).tolist():
            wanted = lacking[:, rarest]
            part = int(np.where(wanted == wanted.max(), room, -np.inf).argmax())
            _deal(group, part, dealt, counts, sizes, lacking, room)
    return [int(part) for part in dealt]


def _deal(
    group: int,
    part: int,
    dealt: NDArray[np.int64],
    counts: NDArray[np.float64],
    sizes: NDArray[np.float64],
    lacking: NDArray[np.float64],
    room: NDArray[np.float64],
) -> None:
    """Give a group to a part, which lacks the less for it."""
    dealt[group] = part
    lacking[part] -= counts[group]
    room[part] -= sizes[group]
