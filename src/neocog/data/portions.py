"""Other divisions of the same images, for studies: folds of cross-validation, and a share of the training images.

The test set is not touched. As in a split, groups of the same picture stay together, and every draw is a function of a
seed and of the images' contents, so that each training of a study is a run like any other, which its recipe repeats.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from neocog.core import draw
from neocog.data.iterative import stratified
from neocog.data.options import DataOptions

Groups = Sequence[list[int]]
"""Rows that belong together, group by group."""

_PARTS = 20


def shuffled(groups: Iterable[list[int]], hashes: Sequence[str], seed: int, purpose: str) -> list[list[int]]:
    """Groups in an order that depends on the seed, the purpose and their contents only."""
    listed = list(groups)
    named = sorted((min(hashes[row] for row in group), index) for index, group in enumerate(listed))
    words = np.array([int(digest[:16], 16) for digest, _ in named], dtype=np.uint64)
    order = np.argsort(draw.bits(seed, purpose, words), kind="stable")
    return [listed[named[place][1]] for place in order.tolist()]


def dealt(by_class: Mapping[str, Groups], hashes: Sequence[str], options: DataOptions) -> dict[int, str]:
    """`val` for the rows of the options' fold, `train` for the other rows; each class is dealt evenly.

    A class with one group always trains: what no network has learned, none can find.
    """
    sides: dict[int, str] = {}
    total = [0] * options.folds
    for label in sorted(by_class):
        held = [0] * options.folds
        alone = len(by_class[label]) == 1
        for group in shuffled(by_class[label], hashes, options.split_seed, "folds"):
            fold = min(range(options.folds), key=lambda place: (held[place], total[place]))
            held[fold] += len(group)
            total[fold] += 0 if alone else len(group)
            sides.update(dict.fromkeys(group, "val" if fold + 1 == options.fold and not alone else "train"))
    return sides


def thinned(by_class: Mapping[str, Groups], hashes: Sequence[str], options: DataOptions) -> dict[int, str]:
    """`train` for the options' share of each class's training rows, at least one group; "" for those left out."""
    sides: dict[int, str] = {}
    for groups in by_class.values():
        wanted, taken = options.share * sum(map(len, groups)), 0
        for group in shuffled(groups, hashes, options.share_seed, "share"):
            kept = taken == 0 or taken + len(group) / 2 <= wanted
            taken = taken + len(group) if kept else len(hashes)  # from here on none: a beginning of the order is kept
            sides.update(dict.fromkeys(group, "train" if kept else ""))
    return sides


def dealt_labels(
    groups: Groups, held: NDArray[np.float32], hashes: Sequence[str], options: DataOptions
) -> dict[int, str]:
    """The same as `dealt` for rows with several labels each: `held` (rows K) says which."""
    order = shuffled(groups, hashes, options.split_seed, "folds")
    parts = stratified(order, held, [1 / options.folds] * options.folds)
    return {
        row: "val" if part + 1 == options.fold else "train"
        for group, part in zip(order, parts, strict=True)
        for row in group
    }


def thinned_labels(
    groups: Groups, held: NDArray[np.float32], hashes: Sequence[str], options: DataOptions
) -> dict[int, str]:
    """The same as `thinned` for rows with several labels each.

    They are dealt fairly into twenty parts, and a share takes these in turn, so that a smaller one is part of a larger.
    """
    order = shuffled(groups, hashes, options.share_seed, "share")
    parts = stratified(order, held, [1 / _PARTS] * _PARTS)
    in_turn = [group for _, group in sorted(zip(parts, order, strict=True), key=lambda pair: pair[0])]
    wanted, taken = options.share * sum(map(len, order)), 0
    sides: dict[int, str] = {}
    for group in in_turn:
        kept = taken == 0 or taken + len(group) / 2 <= wanted
        taken = taken + len(group) if kept else len(hashes)
        sides.update(dict.fromkeys(group, "train" if kept else ""))
    return sides
