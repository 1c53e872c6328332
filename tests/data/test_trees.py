"""Folders as trees: what is listed, what is skipped, what is refused."""

import os
from pathlib import Path

import pytest

from neocog.core.errors import DataError
from neocog.data import trees
from neocog.data.trees import counted, folder_tree, is_litter, listed, printable


def lay(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(path.encode())
    return root


def test_files_are_sorted_and_litter_is_skipped(tmp_path: Path) -> None:
    root = lay(tmp_path, "b/2.png", "b/.hidden", ".git/x", "a/Thumbs.db", "a/1.png", "__MACOSX/a/1.png", "c.txt", "._c")
    (root / "empty").mkdir()
    tree = folder_tree(root, "data")
    assert tree.files == ("a/1.png", "b/2.png", "c.txt")
    assert tree.root_files == ("c.txt",)
    assert tree.root_folders == ("a", "b", "empty")
    assert tree.read("b/2.png") == b"b/2.png"
    assert tree.read("b/2.png", 3) == b"b/2"


def test_entering_a_folder(tmp_path: Path) -> None:
    tree = folder_tree(lay(tmp_path, "a/b/1.png", "a/2.png", "c.txt"), "data")
    inside = tree.enter("a")
    assert inside.files == ("2.png", "b/1.png")
    assert inside.enter("b").read("1.png") == b"a/b/1.png"
    assert tree.all_folders == {"a", "a/b"}


def test_links_out_are_refused_links_inside_are_followed_to_files_only(tmp_path: Path) -> None:
    root = lay(tmp_path / "data", "a/1.png")
    lay(tmp_path / "outside", "secret.png")
    (root / "a/out.png").symlink_to(tmp_path / "outside/secret.png")
    (root / "b").symlink_to(tmp_path / "outside")
    (root / "a/in.png").symlink_to(root / "a/1.png")
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe")
    tree = folder_tree(root, "data")
    assert tree.files == ("a/1.png", "a/in.png")
    assert sorted(tree.refused) == ["a/out.png", "b", "pipe"]
    assert "leaves the data folder" in tree.refused["b"]
    assert tree.refused["pipe"] == "is no regular file"
    assert tree.notes == ("loop is a link to another folder of the data and was not followed",)


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    lay(tmp_path / "real", "a/1.png")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert folder_tree(tmp_path / "link", "link").files == ("a/1.png",)


def test_what_cannot_be_read_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = folder_tree(lay(tmp_path, "a/1.png"), "data")
    (tmp_path / "a/1.png").unlink()
    with pytest.raises(
        DataError, match=r"a/1\.png cannot be read \(No such file or directory\); repair it or take it out"
    ):
        tree.read("a/1.png")
    with pytest.raises(
        DataError, match=r"the folder .*nothing cannot be read \(No such file .*\); allow it or take it out"
    ):
        folder_tree(tmp_path / "nothing", "nothing")
    monkeypatch.setattr(trees, "MAX_FILES", 1)
    lay(tmp_path, "a/1.png", "a/2.png")
    with pytest.raises(DataError, match="data holds more than 1 files; name the folder that holds the data set"):
        folder_tree(tmp_path, "data")


def test_stamps_change_with_the_file(tmp_path: Path) -> None:
    tree = folder_tree(lay(tmp_path, "a", "b"), "data")
    before = tree.source.stamp("a")
    assert before == tree.source.stamp("a") != tree.source.stamp("b")
    (tmp_path / "a").write_bytes(b"other")
    assert tree.source.stamp("a") != before


def test_names_that_are_not_utf8_can_be_written(tmp_path: Path) -> None:
    Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9.png")).write_bytes(b"x")
    tree = folder_tree(tmp_path, "data")
    assert tree.read(tree.files[0]) == b"x"
    assert printable(tree.files[0]).encode() == b"caf\\udce9.png"


def test_links_in_a_circle_are_files_that_cannot_be_read(tmp_path: Path) -> None:
    root = lay(tmp_path / "data", "a/1.png")
    (root / "a/one.png").symlink_to("two.png")
    (root / "a/two.png").symlink_to("one.png")
    tree = folder_tree(root, "data")
    assert tree.files == ("a/1.png", "a/one.png", "a/two.png")
    with pytest.raises(DataError, match=r"a/one\.png cannot be read \(Too many levels of symbolic links\); repair it"):
        tree.read("a/one.png")


def test_small_words() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert counted(0, "image") == "0 images"
    assert not is_litter("photos/a.b/1.png")
