"""Tables as plain text: aligned, and as narrow as they are asked to be."""

from hypothesis import given
from hypothesis import strategies as st

from neocog.core.columns import Column, counted, extents, fitted, lines, width

WORDS = st.text("abcdefgh.", min_size=1, max_size=30)


def test_numbers_stand_right_and_words_left():
    table = [Column("name", ["a", "bcd"], number=False), Column("n", ["1", "1,000"])]
    assert lines(table) == ["name      n", "a         1", "bcd   1,000"]
    assert width(table) == 11


def test_an_empty_table_has_a_head():
    assert lines([Column("name", [], number=False), Column("n", [])]) == ["name  n"]


@given(st.lists(WORDS, min_size=1, max_size=5), st.integers(40, 120))
def test_it_fits_where_it_can(names, room):
    table = [
        Column("path", names, number=False),
        Column("big", ["1" * 20] * len(names)),
        Column("n", ["1"] * len(names)),
    ]
    found = fitted(table, room, ["big"])
    assert width(found) <= room
    assert found[-1].title == "n", "only what may go goes"
    if width(table) <= room:
        assert found == table


def test_the_first_goes_first():
    table = [Column("path", ["a" * 20], number=False), Column("one", ["1" * 10]), Column("two", ["2" * 10])]
    assert [column.title for column in fitted(table, 40, ["two", "one"])] == ["path", "one"]


def test_shapes_and_counts():
    assert extents((3, 224, 224)) == "3x224x224"
    assert extents((7, 7)) == "7"
    assert extents((7, 5)) == "7x5"
    assert [counted(number) for number in (0, 7, 999, 1000, 999_499, 999_500, 10**12)] == [
        "", "7", "999", "1.00 k", "999 k", "1.00 M", "1.00 T"
    ]  # fmt: skip
