"""CSV and TSV as cells: encodings, delimiters, and the line of what is wrong."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neocog.core.errors import DataError
from neocog.data.sheet import read_sheet

ROWS = {"file": ("a,1.png", "b.png"), "label": ("Käfer", "fly; green")}


def written(delimiter: str) -> str:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(ROWS)
    writer.writerows(zip(*ROWS.values(), strict=True))
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(encoding: str, delimiter: str) -> None:
    assert read_sheet(written(delimiter).encode(encoding), "labels.csv").columns == ROWS


@given(st.lists(st.tuples(*[st.text("ab,;\t \"'\n", max_size=6)] * 2), min_size=1, max_size=6))
def test_what_a_csv_writer_writes_is_read_back(rows: list[tuple[str, str]]) -> None:
    file = io.StringIO()
    csv.writer(file).writerows([("first column", "second"), *rows])
    sheet = read_sheet(file.getvalue().encode(), "x.csv")
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert list(zip(*sheet.columns.values(), strict=True)) == [tuple(cell.strip() for cell in row) for row in kept]


def test_lines_are_those_of_the_file() -> None:
    sheet = read_sheet(b'file,label\n\n"a\n.png",x\r\nb.png , y\n\n', "labels.csv")
    assert sheet.lines == (3, 5)
    assert sheet.place(1) == "labels.csv line 5"
    assert sheet.columns["label"] == ("x", "y")


def test_a_column_without_a_name_gets_one() -> None:
    assert list(read_sheet(b",file\n0,a.png\n", "x.csv").columns) == ["column 1", "file"]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", r"x\.csv is empty; its first line must name the columns, as in 'file,label'"),
        (b"file,file\na,b\n", r"x\.csv names the column 'file' twice; give each column its own name"),
        (b"file,label\na,b\nc,d,e\n", r"x\.csv line 3 must have 2 cells, it has 3; put quotes round a cell"),
        (
            b"file,label\na,caf\xe9\n",
            r"x\.csv line 2 must be UTF-8, it holds the byte b'\\xe9'; save it as UTF-8",
        ),
        (b"file,label\na,\0\n", r"x\.csv must be text, it holds zero bytes; save it as text in UTF-8"),
        (b'file,label\n"a"b,c\n', r"x\.csv must be a CSV or TSV, it cannot be read \(.*\); save it again as CSV"),
        (b"file,label\n" + b"a" * 200_000 + b",b\n", r"x\.csv must be a CSV or TSV, .*field larger than field limit"),
    ],
)
def test_what_is_wrong_is_said(raw: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_sheet(raw, "x.csv")
