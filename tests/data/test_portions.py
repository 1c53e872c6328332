"""Folds and shares of a data set: other divisions of the same images, with the test set as it was."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neocog.core.errors import RecipeError
from neocog.data import DataOptions, inspect
from neocog.data.portions import dealt, shuffled, thinned

DIGITS = DataOptions(path="digits")
HASHES = tuple(f"{row * 7919 % 65537:016x}" for row in range(400))

groups = st.lists(st.integers(1, 4), min_size=1, max_size=30)


def grouped(sizes: list[int], start: int = 0) -> list[list[int]]:
    """Groups of these sizes, of rows counted from `start`."""
    found = []
    for size in sizes:
        found.append(list(range(start, start + size)))
        start += size
    return found


class TestFolds:
    def test_each_image_is_validated_once_and_the_test_set_stays(self) -> None:
        plain = inspect(DIGITS)
        folds = [inspect(replace(DIGITS, folds=4, fold=fold)) for fold in (1, 2, 3, 4)]
        validated = Counter(row for each in folds for row in each.rows("val").tolist())
        learned = {*plain.rows("train").tolist(), *plain.rows("val").tolist()}
        assert validated == dict.fromkeys(learned, 1)
        for each in folds:
            assert each.test_hash == plain.test_hash
            assert {*each.rows("train").tolist(), *each.rows("val").tolist()} == learned
            assert each.fingerprint == plain.fingerprint
            assert not each.findings.leaks
            held = Counter(each.table.labels[row] for row in each.rows("val"))
            assert max(held.values()) - min(held.values()) <= 4  # classes are of unequal size, and a quarter of each
        assert "fold 3 validates" in " ".join(folds[2].notes)

    @given(st.lists(groups, min_size=1, max_size=4), st.integers(2, 6))
    @settings(max_examples=60)
    def test_groups_are_whole_and_classes_even(self, sizes: list[list[int]], folds: int) -> None:
        by_class, start = {}, 0
        for label, each in enumerate(sizes):
            by_class[str(label)] = grouped(each, start)
            start += sum(each)
        options = DataOptions(folds=folds)
        held = [dealt(by_class, HASHES, replace(options, fold=fold + 1)) for fold in range(folds)]
        for members in by_class.values():
            counts = [0] * folds
            for group in members:
                sides = [{fold[row] for row in group} for fold in held]
                assert all(len(side) == 1 for side in sides)
                places = [place for place, side in enumerate(sides) if side == {"val"}]
                assert len(places) == (len(members) > 1)
                for place in places:
                    counts[place] += len(group)
            largest = max(map(len, members))
            assert max(counts) - min(counts) <= 2 * largest

    def test_a_class_with_one_picture_always_trains(self) -> None:
        held = dealt({"rare": [[0, 1]], "common": grouped([1] * 6, 2)}, HASHES, DataOptions(folds=2, fold=1))
        assert held[0] == held[1] == "train"

    @pytest.mark.parametrize(("folds", "fold"), [(1, 1), (3, 4)])
    def test_a_fold_that_is_none_is_refused(self, folds: int, fold: int) -> None:
        with pytest.raises(RecipeError, match=f"`data.fold` must be one of at least 2 .* got {fold} of {folds}; give"):
            inspect(replace(DIGITS, folds=folds, fold=fold))


class TestShares:
    def test_a_share_is_kept_class_by_class(self) -> None:
        plain, part = inspect(DIGITS), inspect(replace(DIGITS, share=0.25))
        assert part.test_hash == plain.test_hash
        assert part.rows("val").tolist() == plain.rows("val").tolist()
        of = Counter(plain.table.labels[row] for row in plain.rows("train"))
        kept = Counter(part.table.labels[row] for row in part.rows("train"))
        assert all(abs(kept[label] - of[label] / 4) <= 1 for label in of)
        assert set(part.rows("train")) < set(plain.rows("train"))
        assert "0.25 of each class's training images are used" in " ".join(part.notes)
        assert part.fingerprint != plain.fingerprint

    def test_another_seed_takes_others(self) -> None:
        one, other = (inspect(replace(DIGITS, share=0.1, share_seed=seed)).rows("train") for seed in (0, 1))
        assert len(set(one) & set(other)) < len(one) / 2

    @given(groups, st.floats(0.01, 1), st.floats(0.01, 1))
    def test_smaller_shares_lie_in_larger_ones(self, sizes: list[int], one: float, other: float) -> None:
        by_class = {"a": grouped(sizes)}
        small, large = (
            {row for row, side in thinned(by_class, HASHES, DataOptions(share=share)).items() if side}
            for share in sorted((one, other))
        )
        assert small
        assert small <= large


def test_the_order_is_that_of_the_contents() -> None:
    """Neither the order nor the names of files matter."""
    forward = grouped([2, 1, 3, 1, 1])
    assert shuffled(forward, HASHES, 3, "folds") == shuffled(forward[::-1], HASHES, 3, "folds")
    assert shuffled(forward, HASHES, 3, "folds") != shuffled(forward, HASHES, 3, "share")
