"""Images that a network can hardly tell apart: the same thing photographed again, mirrored, or in another light.

No comparison of pixels finds those; the codes of a network that has learned to see do. A pair is named where each is
the other's nearest by far (`neocog.model.neighbors` holds how far, and what that was measured to find). It is a
reason to look, not proof: digits can be alike without being the same.
"""

import numpy as np

from neocog.data import Dataset, Progress
from neocog.data.findings import Pair
from neocog.model import nearest
from neocog.train import Recipe
from neocog.transfer.depths import depths
from neocog.transfer.looker import looker

KIND = "alike"


def alike(recipe: Recipe, dataset: Dataset, progress: Progress | None = None) -> tuple[Pair, ...]:
    """The pairs of a data set that the recipe's weights take for alike and the pixels do not tell; leaks come first.

    Raises `RecipeError` where the recipe names no weights or no network. Nothing is predicted: a sealed test set stays
    sealed.
    """
    seen = looker(recipe, dataset, progress, asked="the search for alike images")
    rows = np.flatnonzero([bool(side) for side in dataset.split.sides])
    path = depths(seen.module)[-1]
    codes = seen.codes(rows, np.arange(len(rows)), [path])[path]
    told = {frozenset(pair) for pair in dataset.near}
    table, sides, hashes = dataset.table, dataset.split.sides, dataset.scan.hashes
    found = [
        Pair(
            id=table.ids[one],
            label=table.labels[one],
            side=sides[one],
            other_id=table.ids[other],
            other_label=table.labels[other],
            other_side=sides[other],
            kind=KIND,
        )
        for one, other in rows[np.array(nearest(codes).pairs, np.int64).reshape(-1, 2)].tolist()
        if frozenset((one, other)) not in told and hashes[one] != hashes[other]
    ]
    return tuple(sorted(found, key=lambda pair: pair.side == pair.other_side))
