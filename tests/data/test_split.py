"""Splits: what is given is kept, what is drawn is fair, and the same picture is never on two sides of a draw."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neocog.data.options import DataOptions
from neocog.data.scan import Scan
from neocog.data.signature import LENGTH
from neocog.data.split import Leak, set_hash, split
from neocog.data.table import Table


def rows_of(
    contents: list[str], labels: list[str], splits: list[str] | None = None, groups: list[str] | None = None
) -> tuple[Table, Scan]:
    """A table and its scan, without images: `contents` names what each row shows."""
    count = len(contents)
    table = Table(
        name="made",
        source=None,  # type: ignore[arg-type]
        ids=tuple(f"{row:05}" for row in range(count)),
        labels=tuple(labels),
        splits=tuple(splits or [""] * count),
        columns={"group": tuple(groups)} if groups else {},
    )
    seen = Scan(
        hashes=tuple(set_hash([content]) for content in contents),
        heights=np.full(count, 8, np.int32),
        widths=np.full(count, 8, np.int32),
        grey=np.ones(count, np.bool_),
        problems=("",) * count,
        signatures=np.zeros((count, LENGTH), np.float16),
    )
    return table, seen


def named(count: int) -> list[str]:
    return [f"picture {row}" for row in range(count)]


def per_class(table, sides):
    return Counter(zip(table.labels, sides, strict=True))


OPTIONS = DataOptions()


def test_a_draw_gives_every_class_its_share():
    labels = ["a"] * 200 + ["b"] * 100 + ["c"] * 40
    table, seen = rows_of(named(340), labels)
    found = split(table, seen, OPTIONS)
    assert found.drawn == ("train", "val", "test")
    assert per_class(table, found.sides) == {
        **{("a", "train"): 140, ("a", "val"): 30, ("a", "test"): 30},
        **{("b", "train"): 70, ("b", "val"): 15, ("b", "test"): 15},
        **{("c", "train"): 28, ("c", "val"): 6, ("c", "test"): 6},
    }
    assert found.notes == (
        "No split is given: 70% of the images train, 15% validate and 15% are the sealed test set, "
        "drawn with split_seed 0.",
    )


def test_another_seed_draws_otherwise_and_the_same_seed_the_same():
    table, seen = rows_of(named(100), ["a", "b"] * 50)
    first = split(table, seen, OPTIONS)
    assert split(table, seen, OPTIONS) == first
    assert split(table, seen, replace(OPTIONS, split_seed=1)).sides != first.sides


def test_a_draw_is_known_in_advance():
    table, seen = rows_of(named(12), ["a", "b"] * 6)
    assert "".join(side[:2] for side in split(table, seen, OPTIONS).sides) == "trtetrtrtetrtrtrvatrtrva"


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_whatever_the_order_names_and_copies_the_same_pictures_share_a_side(data):
    count = data.draw(st.integers(1, 60))
    contents = data.draw(st.lists(st.sampled_from("abcdefghijklmnopqrst"), min_size=count, max_size=count))
    labels = data.draw(st.lists(st.sampled_from("xyz"), min_size=count, max_size=count))
    rows = st.integers(0, count - 1)
    near = data.draw(st.lists(st.tuples(rows, rows), max_size=5))
    order = data.draw(st.permutations(range(count)))
    table, seen = rows_of(contents, labels)
    found = split(table, seen, OPTIONS, near)
    side = dict(zip(contents, found.sides, strict=True))
    assert all(side[content] == given for content, given in zip(contents, found.sides, strict=True))
    assert all(found.sides[one] == found.sides[other] for one, other in near)
    assert found.leaks == ()
    assert set(found.sides) <= {"train", "val", "test"}
    place = {row: position for position, row in enumerate(order)}
    moved_table, moved_seen = rows_of([contents[row] for row in order], [labels[row] for row in order])
    moved = split(moved_table, moved_seen, OPTIONS, [(place[one], place[other]) for one, other in near])
    assert [moved.sides[place[row]] for row in range(count)] == list(found.sides)
    assert moved.test_hash == found.test_hash


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 40), min_size=1), st.integers(0, 3))
def test_every_class_trains_and_is_tested_where_it_has_two_pictures(sizes, seed):
    labels = [label for label, size in sizes.items() for _ in range(size)]
    table, seen = rows_of(named(len(labels)), labels)
    found = split(table, seen, replace(OPTIONS, split_seed=seed))
    counted = per_class(table, found.sides)
    for label, size in sizes.items():
        assert counted[label, "train"] >= 1
        assert (counted[label, "test"] >= 1) == (size >= 2)
        assert (counted[label, "val"] >= 1) == (size >= 3)
        for side in ("val", "test"):
            assert abs(counted[label, side] - 0.15 * size) <= 1


def test_a_class_of_copies_only_trains_and_is_named():
    table, seen = rows_of(["same"] * 10 + named(20), ["a"] * 10 + ["b"] * 20)
    found = split(table, seen, OPTIONS)
    assert set(found.sides[:10]) == {"train"}
    assert found.notes[1:] == (
        "Too few different images for the test set: a.",
        "Too few different images for the validation set: a.",
    )


def test_large_groups_do_not_starve_a_side():
    contents = [f"picture {row // 10}" for row in range(50)]  # five pictures, ten copies each: more than a share
    table, seen = rows_of(contents, ["a"] * 50)
    assert Counter(split(table, seen, OPTIONS).sides) == {"train": 30, "val": 10, "test": 10}


def test_a_group_column_keeps_rows_together():
    groups = [f"patient {row // 4}" if row < 40 else "" for row in range(60)]
    table, seen = rows_of(named(60), ["a"] * 60, groups=groups)
    found = split(table, seen, OPTIONS)
    assert all(len({found.sides[row] for row in range(start, start + 4)}) == 1 for start in range(0, 40, 4))
    assert len(set(found.sides[40:])) > 1


def test_three_given_sides_are_kept():
    splits = ["train", "val", "test", "test"]
    table, seen = rows_of(named(4), ["a"] * 4, splits)
    found = split(table, seen, OPTIONS)
    assert found.sides == tuple(splits)
    assert found.drawn == ()
    assert found.notes == ("The three given splits are kept.",)


@pytest.mark.parametrize("emptied", ["train", "val", "test"])
def test_a_given_side_that_cannot_be_read_stays_empty(emptied):
    splits = ["train", "val", "test"] * 10
    table, seen = rows_of(named(30), ["a"] * 30, splits)
    broken = tuple("truncated" if side == emptied else "" for side in splits)
    found = split(table, replace(seen, problems=broken), OPTIONS)
    assert found.sides == tuple("" if side == emptied else side for side in splits)
    assert found.drawn == ()


def test_of_a_given_test_set_that_cannot_be_read_nothing_else_becomes_one():
    table, seen = rows_of(named(60), ["a"] * 60, ["train"] * 40 + ["test"] * 20)
    found = split(table, replace(seen, problems=("",) * 40 + ("truncated",) * 20), OPTIONS)
    assert Counter(found.sides) == {"train": 34, "val": 6, "": 20}


def test_a_given_test_set_is_kept_and_validation_is_drawn():
    table, seen = rows_of(named(110), ["a", "b"] * 55, ["train"] * 80 + ["test"] * 30)
    found = split(table, seen, OPTIONS)
    assert set(found.sides[80:]) == {"test"}
    assert Counter(found.sides[:80]) == {"train": 68, "val": 12}
    assert found.drawn == ("val",)
    assert found.notes == (
        "The given test set is kept; 15% of the training images became validation, drawn with split_seed 0.",
    )


def test_the_share_is_a_choice():
    table, seen = rows_of(named(100), ["a"] * 100)
    assert Counter(split(table, seen, DataOptions(validation=0.25)).sides) == {"train": 50, "val": 25, "test": 25}


def test_unreadable_rows_are_left_out():
    table, seen = rows_of(named(10), ["a"] * 10)
    found = split(table, replace(seen, problems=("truncated",) + ("",) * 9), OPTIONS)
    assert found.sides[0] == ""
    assert "" not in found.sides[1:]
    assert found.rows("train").tolist() == [row for row, side in enumerate(found.sides) if side == "train"]


def test_leaks_between_given_sides_are_told_and_not_repaired():
    splits = ["train", "train", "val", "test", "test", "test"]
    table, seen = rows_of(["p", "q", "p", "p", "r", "s"], ["a"] * 6, splits)
    found = split(table, seen, OPTIONS, near=[(5, 1), (4, 5)])
    assert found.sides == tuple(splits)
    assert set(found.leaks) == {
        Leak(0, 2, "identical"),
        Leak(0, 3, "identical"),
        Leak(2, 3, "identical"),
        Leak(1, 5, "near"),
    }


def test_the_drawn_validation_set_keeps_copies_with_training_even_where_the_test_set_leaks():
    contents = [f"picture {row // 2}" for row in range(40)] + ["picture 0"]
    table, seen = rows_of(contents, ["a"] * 41, ["train"] * 40 + ["test"])
    found = split(table, seen, OPTIONS)
    assert all(found.sides[row] == found.sides[row + 1] for row in range(0, 40, 2))
    assert [(leak.row, leak.other) for leak in found.leaks] == [(0, 40)]


def test_the_test_hash_names_the_contents():
    splits = ["train", "val", "test", "test"]
    table, seen = rows_of(["p", "q", "r", "s"], ["a"] * 4, splits)
    found = split(table, seen, OPTIONS)
    assert found.test_hash == set_hash(reversed(seen.hashes[2:]))
    other_table, other_seen = rows_of(["x", "y", "s", "r"], ["a"] * 4, splits)
    assert split(other_table, other_seen, OPTIONS).test_hash == found.test_hash
    changed_table, changed_seen = rows_of(["p", "q", "r", "t"], ["a"] * 4, splits)
    assert split(changed_table, changed_seen, OPTIONS).test_hash != found.test_hash


def test_seventy_thousand_rows_are_split_at_once():
    table, seen = rows_of(named(70_000), [str(row % 10) for row in range(70_000)])
    assert Counter(split(table, seen, OPTIONS).sides) == {"train": 49_000, "val": 10_500, "test": 10_500}


def test_forty_thousand_copies_of_one_picture_are_a_group_like_any_other():
    table, seen = rows_of(["same"] * 40_000 + named(20), ["a", "b"] * 20_000 + ["a"] * 20)
    found = split(table, seen, OPTIONS)
    assert len(set(found.sides[:40_000])) == 1


def test_a_group_with_as_many_of_two_labels_counts_as_the_first():
    contents = ["same"] * 4 + named(1)
    for labels in (["b", "a", "b", "a"], ["a", "a", "b", "b"]):
        table, seen = rows_of(contents, [*labels, "b"])
        assert "Too few different images for the test set: a, b." in split(table, seen, OPTIONS).notes
