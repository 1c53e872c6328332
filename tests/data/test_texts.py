"""Sentences from tables, from one file a class and from class folders."""

from pathlib import Path

import pytest

from neocog.core.errors import DataError, ImageError
from neocog.data.texts import TextFiles, TextSource, class_files, line_table, text_files
from neocog.data.trees import Tree, folder_tree


def tree_of(folder: Path, **files: bytes) -> Tree:
    for name, content in files.items():
        path = folder / f"{name.replace('__', '/')}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder_tree(folder, "reviews")


def test_one_file_a_class_with_one_sentence_a_line(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, pos=b"so good\n\nfine film\n", neg=b"dull\n", README=b"about them\n")
    places = class_files(tree)
    assert places == {"neg.txt": ("", "neg"), "pos.txt": ("", "pos")}
    table = line_table(tree, places)
    assert table.input_kind == "text"
    assert dict(zip(table.ids, table.labels, strict=True)) == {
        "neg.txt line 1": "neg",
        "pos.txt line 1": "pos",
        "pos.txt line 3": "pos",
    }
    assert table.source.read(1) == b"so good"


def test_files_of_sentences_may_lie_in_split_folders(tmp_path: Path) -> None:
    tree = tree_of(
        tmp_path, train__pos=b"good\nbetter\n", train__neg=b"bad\n", test__pos=b"best\n", test__neg=b"worse\n"
    )
    table = line_table(tree, class_files(tree))
    assert sorted(zip(table.splits, table.labels, strict=True)) == [
        ("test", "neg"),
        ("test", "pos"),
        ("train", "neg"),
        ("train", "pos"),
        ("train", "pos"),
    ]


def test_other_text_files_are_no_classes(tmp_path: Path) -> None:
    assert class_files(tree_of(tmp_path, pos=b"good\n", LICENSE=b"free\n")) == {}
    assert class_files(tree_of(tmp_path / "deep", photos__a=b"x\n", photos__b=b"y\n")) == {}


def test_a_line_in_another_encoding_is_a_row_that_cannot_be_read(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, pos=b"good\nsch\xf6n\n", neg=b"bad\n")
    table = line_table(tree, class_files(tree))
    row = table.ids.index("pos.txt line 2")
    with pytest.raises(ImageError, match=r"^not UTF-8, it holds the byte b'\\xf6'$"):
        table.source.read(row)
    stated = line_table(tree, class_files(tree), "latin-1")
    assert stated.source.read(row) == "schön".encode()


def test_a_class_without_a_sentence_is_refused(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, pos=b"\n \n", neg=b"bad\n")
    with pytest.raises(DataError, match=r"^reviews: no sentence stands in pos\.txt; write one a line"):
        line_table(tree, class_files(tree))


def test_more_lines_than_memory_bears_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neocog.data.texts.MOST_LINES", 2)
    tree = tree_of(tmp_path, pos=b"a\nb\n", neg=b"c\n")
    with pytest.raises(DataError, match=r"^reviews holds over 2 lines; divide it"):
        line_table(tree, class_files(tree))


def test_text_files_are_handed_out_in_utf_8_whatever_they_are_stored_in(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, a="schön".encode("utf-16"), b="schön".encode("latin-1"), c="schön".encode())
    assert TextFiles(tree, tree.files).read(0) == "schön".encode()
    assert TextFiles(tree, tree.files).read(2) == "schön".encode()
    assert TextFiles(tree, tree.files, "latin-1").read(1) == "schön".encode()
    with pytest.raises(ImageError, match=r"b\.txt line 1 must be ascii, it holds the byte b'\\xf6'"):
        TextFiles(tree, tree.files, "ascii").read(1)


def test_a_lone_surrogate_does_not_stop_a_table() -> None:
    with pytest.raises(UnicodeDecodeError):
        TextSource(("a\ud800",)).read(0).decode()


def test_class_folders_of_texts_are_no_files_of_lines(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, train__lists_pos=b"x\n", train__lists_neg=b"x\n", train__pos__1=b"good\n")
    assert class_files(tree) == {}


def test_a_folder_of_mostly_texts_is_one_of_texts() -> None:
    assert text_files(["a/1.txt", "a/2.txt", "b/x.jpg"]) == ("a/1.txt", "a/2.txt")
    assert text_files(["a/1.txt", "b/x.jpg"]) == ()
