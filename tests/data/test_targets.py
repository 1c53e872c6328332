"""What the cells of targets become: classes, labels, numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import MultiLabelBinarizer

from neocog.core.errors import DataError
from neocog.data.targets import JOIN, TARGETS, is_number, sort_classes, target


@settings(deadline=None)
@given(st.lists(st.integers(-50, 2000)))
def test_whole_numbers_sort_as_numbers(numbers):
    assert [int(name) for name in sort_classes(str(number) for number in numbers)] == sorted(set(numbers))


@settings(deadline=None)
@given(st.lists(st.text(max_size=3)), st.randoms())
def test_classes_have_one_order(names, random):
    shuffled = list(names)
    random.shuffle(shuffled)
    found = sort_classes(shuffled)
    assert found == sort_classes(names)
    assert set(found) == set(names)
    if any(not name.lstrip("-").isdecimal() for name in names):
        assert list(found) == sorted(set(names))


@settings(deadline=None)
@given(st.lists(st.sets(st.sampled_from(["ant", "bee", "cat", "dog"]))))
def test_labels_are_binarized_as_by_scikit_learn(rows):
    names = ("ant", "bee", "cat", "dog")
    cells = [JOIN.join(sorted(row)) for row in rows]
    encoded = target("classes").encode(cells, names)
    assert encoded.shape == (len(rows), 4)
    if rows:
        assert np.array_equal(encoded, MultiLabelBinarizer(classes=names).fit_transform(rows))


def test_the_names_of_outputs():
    assert target("class").names(["b", "a", "b"]) == ("a", "b")
    assert target("classes").names(["red|shirt", "", "10|9"]) == ("10", "9", "red", "shirt")
    assert target("classes").names(["b"], ["b", "a"]) == ("b", "a"), "columns keep their order"
    assert target("number").names(["1.5"]) == ("number",)
    assert target("number").names(["1|2"]) == ("number 1", "number 2")
    assert target("number").names(["1|2"], ["low", "high"]) == ("low", "high")


def test_numbers():
    assert target("number").encode(["1.5|20", "-1|3e2"], ["a", "b"]).tolist() == [[1.5, 20.0], [-1.0, 300.0]]
    assert np.isnan(target("number").blank(2, ["a"])).all()
    with pytest.raises(DataError, match="a target must be 2 numbers, got '1'; correct it, or take the line out"):
        target("number").encode(["1"], ["a", "b"])
    with pytest.raises(DataError, match="a target must be a number, got 'warm'; correct it"):
        target("number").encode(["warm"], ["a"])


@pytest.mark.parametrize("kind", ["class", "classes"])
def test_labels_that_the_names_do_not_cover(kind):
    with pytest.raises(DataError, match="the labels must be those of the model, got 'dogs'; did you mean 'dog'"):
        target(kind).encode(["cat", "dogs"], ["cat", "dog"])


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=60))
def test_strata_of_numbers_are_their_order_cut(numbers):
    strata = target("number").strata([repr(number) for number in numbers])
    assert len(strata) == len(numbers)
    assert len(set(strata)) <= max(1, min(10, len(numbers) // 10))
    ranked = [stratum for _, stratum in sorted(zip(numbers, strata, strict=True))]
    assert ranked == sorted(ranked)


def test_a_hundred_numbers_fall_into_tenths():
    strata = target("number").strata([f"{number}.5" for number in range(100)])
    assert np.unique(strata, return_counts=True)[1].tolist() == [10] * 10


@pytest.mark.parametrize(
    ("cell", "expected"), [("1", True), ("-1e-3", True), (".5", True), ("1e999", False), ("nan", False), ("", False)]
)
def test_what_is_a_number(cell, expected):
    assert is_number(cell) == expected


def test_every_kind_is_called_by_its_name():
    assert all(kind.name == name for name, kind in TARGETS.items())


def test_what_cannot_be_learned():
    assert "for some training images and not for others" in target("classes").constant(np.ones((3, 2), np.float32))
    assert target("classes").constant(np.eye(2, dtype=np.float32)) == ""
    assert "must differ" in target("number").constant(np.ones((3, 1), np.float32))
    assert target("number").constant(np.array([[1.0], [2.0]], np.float32)) == ""
