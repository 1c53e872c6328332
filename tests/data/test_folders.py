"""Class folders and splits of class folders."""

import pytest

from neocog.core.errors import DataError
from neocog.data.find import find


def test_class_folders(lay, picture: bytes) -> None:
    found = find(lay({"cat/1.png": picture, "dog/2.jpg": picture, "dog/deep/3": picture, "README.txt": "hello"}))
    assert found.ids == ("cat/1.png", "dog/2.jpg", "dog/deep/3")
    assert found.labels == ("cat", "dog", "dog")
    assert found.splits == ("", "", "")
    assert found.notes == ()


def test_files_that_are_no_images_stay_as_rows(lay, picture: bytes) -> None:
    found = find(lay({"cat/1.png": picture, "cat/notes.txt": "hello", "dog/2.png": picture, "dog/.hidden": "x"}))
    assert found.ids == ("cat/1.png", "cat/notes.txt", "dog/2.png")


@pytest.mark.parametrize(("second", "third"), [("val", "test"), ("validation", "testing"), ("dev", "Test")])
def test_three_splits(lay, picture: bytes, second: str, third: str) -> None:
    files = [f"{split}/{label}/1.png" for split in ("train", second, third) for label in ("a", "b")]
    found = find(lay(dict.fromkeys(files, picture)))
    roles = dict(zip(found.ids, found.splits, strict=True))
    assert roles == dict(zip(files, ["train", "train", "val", "val", "test", "test"], strict=True))
    assert found.labels == tuple(path.split("/")[1] for path in found.ids)


def test_of_two_splits_the_other_one_is_the_test_set(lay, picture: bytes) -> None:
    found = find(lay(dict.fromkeys(["train/a/1.png", "train/b/2.png", "val/a/3.png", "val/b/4.png"], picture)))
    assert found.splits == ("train", "train", "test", "test")
    assert "val is taken as the sealed test set" in found.notes[0]


def test_train_may_be_a_class(lay, picture: bytes) -> None:
    assert find(lay({"train/1.png": picture, "bus/2.png": picture})).labels == ("bus", "train")


def test_one_wrapping_folder_is_entered(lay, picture: bytes) -> None:
    found = find(lay({"outer/inner/a/1.png": picture, "outer/inner/b/2.png": picture, "outer/README.txt": "x"}))
    assert found.ids == ("a/1.png", "b/2.png")
    assert found.notes == ("The wrapping folder outer/ was entered.", "The wrapping folder inner/ was entered.")
    assert find(lay({"outer/a/1.png": picture})).labels[0] in ("a", "inner")


def test_a_lone_class_is_not_a_wrapper(lay, picture: bytes) -> None:
    assert set(find(lay({"cat/1.png": picture, "cat/2.png": picture})).labels) == {"cat"}


def test_images_beside_the_class_folders_are_said(lay, picture: bytes) -> None:
    found = find(lay({"a/1.png": picture, "b/2.png": picture, "sample.png": picture, "README.md": "x"}))
    assert len(found) == 2
    assert found.notes == ("1 image beside the class folders left out: sample.png.",)


def test_empty_class_folders_are_said(lay, picture: bytes) -> None:
    root = lay({"a/1.png": picture, "b/2.png": picture})
    (root / "c").mkdir()
    assert find(root).notes == ("Class folders without a file: c.",)


def test_links_out_of_the_folder_are_refused(lay, picture: bytes, tmp_path) -> None:
    root = lay({"a/1.png": picture, "b/2.png": picture})
    (tmp_path / "far").mkdir()
    (root / "c").symlink_to(tmp_path / "far")
    with pytest.raises(
        DataError, match=r"set: c is a link that leaves the data folder, to .*far; put the files themselves"
    ):
        find(root)
    (root / "d").symlink_to("/etc/passwd")
    with pytest.raises(DataError, match=r"c is a link that leaves the data folder, to .*far \(and 1 more such\); put"):
        find(root)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, r"holds no files; put one folder of images a class into it"),
        (
            {"1.png": None, "2.png": None},
            r"must hold one folder a class, it holds 2 images and no folders; sort them into",
        ),
        (
            {"a.txt": "x", "b.pdf": "y"},
            r"must hold labelled images, it holds 2 other files \(a\.txt, b\.pdf\); put one folder",
        ),
        (
            {"a/1.md": "x", "b/2.md": "y"},
            r"must hold images or sounds, none of its 2 files is one by its content \(a/1\.md, b/2\.md",
        ),
        (
            {"train/a/1.png": None, "test/2.png": None},
            r"the split test must hold class folders, it holds none; sort its images",
        ),
        (
            {"train/a/1.png": None, "val/a/2.png": None, "tst/a/3.png": None},
            r"gives the unknown split 'tst' \(of train, tst, val\); did you mean 'test'\?",
        ),
        (
            {"one/labels.csv": "file,label", "one/i/1.png": None, "two/labels.csv": "file,label", "two/i/1.png": None},
            r"set holds several data sets, each with its own table \(one, two\); name one, as in .*set/one",
        ),
    ],
)
def test_what_is_wrong_is_said(lay, picture: bytes, tmp_path, files: dict[str, str | None], message: str) -> None:
    (tmp_path / "set").mkdir()
    lay({path: picture if content is None else content for path, content in files.items()})
    with pytest.raises(DataError, match=message):
        find(tmp_path / "set")
