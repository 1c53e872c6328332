"""Tables of files and labels: which column is what, what agrees, what is refused and in which line."""

from pathlib import Path

import numpy as np
import pytest

from neocog.core.errors import DataError
from neocog.data.find import find
from neocog.data.options import DataOptions
from neocog.data.table import Table


def table(
    lay, picture: bytes, text: str, files: tuple[str, ...] = ("i/a.png", "i/b.png", "i/c.png"), **options
) -> Table:
    return find(lay({**dict.fromkeys(files, picture), "labels.csv": text}), DataOptions(**options))


def test_a_plain_table(lay, picture: bytes) -> None:
    found = table(lay, picture, "file,label,age\ni/b.png,cat,3\ni/a.png,dog,4\ni/c.png,cat,5\n")
    assert found.ids == ("i/b.png", "i/a.png", "i/c.png")
    assert found.labels == ("cat", "dog", "cat")
    assert found.splits == ("", "", "")
    assert found.columns == {"age": ("3", "4", "5")}
    assert found.name == "set"
    assert found.source.read(0) == picture


@pytest.mark.parametrize("name", ["labels.csv", "list.tsv", "ALL.CSV"])
def test_the_table_itself_may_be_named(lay, picture: bytes, name: str) -> None:
    root = lay({"i/a.png": picture, "i/b.png": picture, name: "path;class\ni/a.png;x\n.\\i\\b.png;y\n"})
    assert find(root / name).ids == ("i/a.png", "i/b.png")
    assert find(root).labels == ("x", "y")


def test_what_lies_in_folders_that_it_never_names_is_passed_over(lay, picture: bytes) -> None:
    text = "file,label\ni/a.png,x\ni/b.png,y\n"
    root = lay({"i/a.png": picture, "i/b.png": picture, "other/c.png": picture, "cache/x.bin": b"0", "list.csv": text})
    assert find(root / "list.csv").notes == ()


def test_the_input_column_is_the_one_whose_cells_name_files(lay, picture: bytes) -> None:
    found = table(lay, picture, "id,picture of it,target\n1,i/a.png,x\n2,i/b.png,y\n")
    assert found.ids == ("i/a.png", "i/b.png")
    assert found.columns == {"id": ("1", "2")}
    assert found.notes == ("labels.csv does not name 1 file, left out: i/c.png.",)


def test_splits_by_name_and_by_content(lay, picture: bytes) -> None:
    rows = "i/a.png,x,{}\ni/b.png,y,{}\ni/c.png,x,{}\n"
    found = table(lay, picture, "file,label,split\n" + rows.format("train", "train", "test"))
    assert found.splits == ("train", "train", "test")
    found = table(lay, picture, "file,label,part\n" + rows.format("train", "valid", "test"))
    assert found.splits == ("train", "val", "test")
    found = table(lay, picture, "file,label,Set\n" + rows.format("train", "later", "train"))
    assert found.splits == ("train", "test", "train")
    assert "later is taken as the sealed test set" in found.notes[0]
    found = table(lay, picture, "file,label,part\n" + rows.format("train", "upper", "lower"))
    assert found.splits == ("", "", "")


def test_one_column_beside_the_files_is_the_label(lay, picture: bytes) -> None:
    found = table(lay, picture, "file,species\ni/a.png,x\ni/b.png,y\ni/c.png,y\n")
    assert found.labels == ("x", "y", "y")
    assert found.notes == ("The column species of labels.csv is taken as the label.",)


def test_a_named_label_column(lay, picture: bytes) -> None:
    text = "file,color,garment\ni/a.png,red,shirt\ni/b.png,blue,dress\ni/c.png,red,dress\n"
    assert table(lay, picture, text, label="garment").labels == ("shirt", "dress", "dress")
    with pytest.raises(
        DataError, match=r"data\.label must name columns of labels\.csv, it has no 'colour'; did you mean 'color'\?"
    ):
        table(lay, picture, text, label="colour")


def test_one_column_of_0_and_1_is_a_class(lay, picture: bytes) -> None:
    assert table(lay, picture, "file,label\ni/a.png,0\ni/b.png,1\ni/c.png,0\n").labels == ("0", "1", "0")


def test_one_hot_columns_as_a_class(lay, picture: bytes) -> None:
    text = "file,cat,dog\ni/a.png,1,0\ni/b.png,0,1\ni/c.png,{}\n"
    assert table(lay, picture, text.format("1,0"), task="class").labels == ("cat", "dog", "cat")
    message = r"labels\.csv line 4: with data\.task=class one of the columns cat, dog must be 1 .*, they are 1, 1;"
    with pytest.raises(DataError, match=message):
        table(lay, picture, text.format("1,1"), task="class")


def test_files_in_the_target_column_are_masks_unless_asked_otherwise(lay, picture: bytes) -> None:
    text = "file,target\ni/a.png,i/b.png\ni/b.png,i/c.png\ni/c.png,i/a.png\n"
    assert table(lay, picture, text).target_kind == "mask"
    assert table(lay, picture, text, task="class").labels == ("i/b.png", "i/c.png", "i/a.png")


def test_table_and_folders_that_agree(lay, picture: bytes) -> None:
    files = ("train/x/1.png", "train/y/2.png", "test/x/3.png", "test/y/4.png")
    rows = ["train/x/1.png,x,train", "train/y/2.png,y,train", "test/x/3.png,x,test", "test/y/4.png,y,test"]
    found = table(lay, picture, "\n".join(["file,class,split", *rows]), files)
    assert found.splits == ("train", "train", "test", "test")
    found = table(lay, picture, "\n".join(["file,class", *(row.rpartition(",")[0] for row in rows)]), files)
    assert found.splits == ("train", "train", "test", "test")
    assert "the splits are those of the folders test, train" in found.notes[0]
    message = (
        r"labels\.csv and the folders disagree in 1 of 4 rows: line 2 says 'y' of train/x/1\.png; correct the one that"
    )
    with pytest.raises(DataError, match=message):
        table(lay, picture, "\n".join(["file,class,split", *rows]).replace("1.png,x", "1.png,y"), files)
    with pytest.raises(DataError, match=r"disagree in 1 of 4 rows: line 5 says 'train' of test/y/4\.png"):
        table(lay, picture, "\n".join(["file,class,split", *rows]).replace("4.png,y,test", "4.png,y,train"), files)


def test_folders_that_are_not_the_classes_do_not_matter(lay, picture: bytes) -> None:
    found = table(lay, picture, "file,label\npart1/1.png,x\npart2/2.png,y\n", ("part1/1.png", "part2/2.png"))
    assert found.labels == ("x", "y")


def test_a_file_that_is_named_twice(lay, picture: bytes) -> None:
    found = table(lay, picture, "file,label\ni/a.png,x\ni/b.png,y\ni/a.png,x\n", ("i/a.png", "i/b.png"))
    assert found.ids == ("i/a.png", "i/b.png")
    assert found.notes == ("labels.csv repeats 1 line word for word; each file is taken once.",)
    with pytest.raises(
        DataError, match=r"names i/a\.png 2 times and differs: 'x' in line 2, 'y' in line 3; give each file one"
    ):
        table(lay, picture, "file,label\ni/a.png,x\ni/a.png,y\n")


@pytest.mark.parametrize("cell", ["../secret.png", "i/../../secret.png", "/etc/passwd", "C:\\a.png", "..\\secret.png"])
def test_cells_that_leave_the_folder_are_refused_with_their_line(lay, picture: bytes, cell: str) -> None:
    with pytest.raises(
        DataError, match=r"labels\.csv line 3: '.*' leaves the data folder; write paths relative to the table"
    ):
        table(lay, picture, f"file,label\ni/a.png,x\n{cell},y\n")


def test_links_out_are_refused_with_their_line(lay, picture: bytes, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/a.png").write_bytes(picture)
    root = lay({"i/a.png": picture, "labels.csv": "file,label\ni/a.png,x\nout/a.png,y\n"})
    (root / "out").symlink_to(tmp_path / "outside")
    with pytest.raises(
        DataError, match=r"labels\.csv line 3: out is a link that leaves the data folder, to .*outside; put the file"
    ):
        find(root)
    (root / "labels.csv").write_text("file,label\ni/a.png,x\ni/a.png,x\n")
    assert len(find(root)) == 1  # a link that the table does not name does no harm


def test_missing_files_are_listed(lay, picture: bytes) -> None:
    rows = "".join(f"i/{index}.png,x\n" for index in range(7))
    message = r"labels\.csv: 7 of 8 files are not there: i/0\.png \(line 3\), .* and 2 more; put them there, or take"
    with pytest.raises(DataError, match=message):
        table(lay, picture, f"file,label\ni/a.png,x\n{rows}")
    with pytest.raises(DataError, match=r"1 of 1 files are not there: a\.png \(line 2\); did you mean 'i/a\.png'\?"):
        table(lay, picture, "file,label\na.png,x\n")
    with pytest.raises(DataError, match=r"1 of 2 files are not there: an empty cell \(line 3\)"):
        table(lay, picture, "file,label\ni/a.png,x\n,y\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "file,label\ni/a.png,\ni/b.png,x\ni/c.png,\n",
            r"the label column 'label' is empty in 2 of 3 rows, lines 2, 4; fill it in or take",
        ),
        ("file,label,split\ni/a.png,x,\ni/b.png,y,train\n", r"the split column 'split' is empty in line 2; fill it in"),
        ("file,label,split\ni/a.png,x,a\ni/b.png,y,b\n", r"labels\.csv, column split must give one split named train"),
        (
            "i/a.png,x\ni/b.png,y\n",
            r"the first line of labels\.csv must name the columns, it names the file i/a\.png; begin",
        ),
        ("file,label\n", r"labels\.csv names columns and no rows; give each file a line"),
        (
            "file,label,class\ni/a.png,x,y\n",
            r"labels\.csv has the label columns label, class; choose one with --set data\.label",
        ),
        ("file\ni/a.png\n", r"labels\.csv must have a label column, it has only file; add the column label"),
        (
            "name,label\nx,y\n",
            r"names no files, and beside the target label it holds neither sentences nor numbers; add a column of file",
        ),
        (
            "high,low\n1,2\n",
            r"names no files and no column is called label, class or target, it has high, low; say which .*label=low",
        ),
        ("high,class\n1,a\nx,b\n2,a\n", r"1 cell holds no number .*: line 3, column high \('x'\); fill them in"),
    ],
)
def test_what_is_wrong_is_said(lay, picture: bytes, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        table(lay, picture, text)


def test_several_tables(lay, picture: bytes) -> None:
    text = "file,label\na.png,x\nb.png,y\n"
    files = {"a.png": picture, "b.png": picture, "one.csv": text, "notes.csv": "class,meaning\nx,first\n"}
    assert len(find(lay(files))) == 2
    with pytest.raises(DataError, match=r"holds several tables: one\.csv, two\.csv; name one, as in .*/one\.csv"):
        find(lay({**files, "two.csv": text}))
    assert len(find(lay({**files, "two.csv": text, "labels.csv": text}))) == 2


def test_a_table_that_names_no_files_beside_class_folders(lay, picture: bytes) -> None:
    found = find(lay({"x/1.png": picture, "y/2.png": picture, "meaning.csv": "class,meaning\nx,first\ny,second\n"}))
    assert found.labels == ("x", "y")
    assert found.notes == ("meaning.csv names no files and was left aside.",)


def test_a_table_of_sentences(lay) -> None:
    text = 'review,label,split,studio\n"so, so good",pos,train,A\ndull work,neg,train,B\nfine film,pos,test,A\n'
    found = find(lay({"labels.csv": text}))
    assert (found.input_kind, found.labels, found.splits) == ("text", ("pos", "neg", "pos"), ("train", "train", "test"))
    assert found.source.read(0) == b"so, so good"
    assert found.ids == ("labels.csv line 2", "labels.csv line 3", "labels.csv line 4")
    assert dict(found.columns) == {"studio": ("A", "B", "A")}
    assert any("The column review of labels.csv is taken as the sentences." in note for note in found.notes)


def test_a_table_of_sentences_in_a_stated_encoding(lay) -> None:
    folder = lay({"labels.csv": "text,label\nschön war es,pos\nöde war es,neg\n".encode("latin-1")})
    with pytest.raises(DataError, match=r"line 2 must be UTF-8, it holds the byte b'\\xf6'; save it .*data\.encoding"):
        find(folder)
    found = find(folder, DataOptions(encoding="latin-1"))
    assert found.source.read(0) == "schön war es".encode()


def test_a_table_of_numbers(lay) -> None:
    found = find(
        lay({"t.csv": "id,high,low,city,rain\n1,20.5,3,Rome,yes\n2,14,-1e1,Oslo,no\n"}), DataOptions(label="rain")
    )
    assert (found.input_kind, found.inputs, found.labels) == ("numbers", ("high", "low"), ("yes", "no"))
    assert np.asarray(found.source.read(1)).tolist() == [14.0, -10.0]
    assert "No numbers to learn from, left out: id, city." in found.notes
