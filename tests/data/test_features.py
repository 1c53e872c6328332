"""Tables that hold their samples themselves: the column of sentences, or the columns of numbers."""

import numpy as np
import pytest

from neocog.core.errors import DataError
from neocog.data.features import number_columns, read_numbers, text_column
from neocog.data.sheet import read_sheet


def test_the_text_is_the_long_and_varied_column() -> None:
    columns = {
        "title": ["Heat", "Alien", "Jaws"],
        "review": ["so very good", "a dull, dull film", "fine work"],
        "studio": ["a long studio name", "a long studio name", "a long studio name"],
        "score": ["1", "2", "3"],
    }
    assert text_column(columns) == "review"
    assert text_column(columns, taken=["review"]) == ""
    assert text_column({}) == ""


def test_numbers_are_read_and_what_is_no_feature_is_left_out() -> None:
    columns = {"id": ["1", "2"], "low": ["1e-3", "-2"], "high": ["", "3"], "city": ["Rome", "Oslo"], "y": ["1", "2"]}
    assert number_columns(columns, taken=["y"]) == (("low", "high"), ("id", "city"))


def test_the_numbers_of_a_sheet() -> None:
    sheet = read_sheet(b"a,b,y\n1,2.5,0\n-3,4e2,1\n", "t.csv")
    got = read_numbers(sheet, ("b", "a"))
    assert got.dtype == np.float32 and got.flags.c_contiguous
    assert got.tolist() == [[2.5, 1.0], [400.0, -3.0]]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (b"a,y\n1,0\n,1\n2,1\n", r"t\.csv: 1 cell holds no number where .*: line 3, column a \(empty\); fill them in"),
        (b"a,y\nNA,0\n1,1\nnan,1\n2,1\n5,2\n", r"t\.csv: 2 cells hold no number .*line 2, column a \('NA'\), line 4"),
        (b"a,y\n1e99,0\n1,1\n2,1\n", r"line 2, column a \('1e99'\)"),
    ],
)
def test_a_missing_number_is_refused_with_its_line(cells: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_numbers(read_sheet(cells, "t.csv"), ("a",))
