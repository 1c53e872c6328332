"""Images that are named: what is found, what is passed over, what is kept with its reason, and what a model answers."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neocog.core.errors import DataError, ImageError
from neocog.data import Pixels, Preprocessing, decode, prepare
from neocog.data.parallel import threads
from neocog.data.pictures import prepared_from
from neocog.data.source import MAX_IMAGE_BYTES
from neocog.model import Model, images, predict
from neocog.model.images import Answer, answers, find_images, read_image


def picture(path: Path, seed: int = 0, side: int = 20) -> Path:
    """A PNG of noise, whatever the extension."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(seed).integers(0, 256, (side, side + 5, 3), dtype=np.uint8)
    Image.fromarray(values).save(path, format="PNG")
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Five images, one of them without extension and one hidden, a text, and two files that should be images."""
    root = tmp_path / "photos"
    for seed, name in enumerate(("b.png", "a.png", "deep/er/c", "deep/d.txt", ".hidden.png")):
        picture(root / name, seed)
    (root / "readme.md").write_text("about these photos")
    (root / "empty.jpg").write_bytes(b"")
    (root / "deep" / "cut.png").write_bytes((root / "a.png").read_bytes()[:300])
    return root


def names(found: images.FoundImages, root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in found.files]


# -- finding -----------------------------------------------------------------------------------------------------------


def test_a_folder_is_searched_by_content_in_a_stable_order(photos: Path) -> None:
    found = find_images([str(photos)])
    assert names(found, photos) == ["a.png", "b.png", "deep/cut.png", "deep/d.txt", "deep/er/c", "empty.jpg"]
    assert (found.problems, found.passed_over) == ((), 1)


def test_files_keep_the_order_in_which_they_are_named(photos: Path) -> None:
    found = find_images([str(photos / "b.png"), str(photos / "a.png")])
    assert names(found, photos) == ["b.png", "a.png"]


def test_an_image_that_is_named_twice_is_one(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(photos)
    found = find_images(["a.png", "./a.png", str(photos / "a.png"), "[ab].png"])
    assert [str(path) for path in found.files] == ["a.png", "b.png"]


def test_patterns(photos: Path) -> None:
    assert names(find_images([f"{photos}/*.png"]), photos) == ["a.png", "b.png"]
    assert names(find_images([f"{photos}/**/*.png"]), photos) == ["a.png", "b.png", "deep/cut.png"]
    assert names(find_images([f"{photos}/*"]), photos) == [
        "a.png", "b.png", "deep/cut.png", "deep/d.txt", "deep/er/c", "empty.jpg"
    ]  # fmt: skip


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(photos: Path) -> None:
    picture(photos / "[ab].png")
    assert names(find_images([str(photos / "[ab].png")]), photos) == ["[ab].png"]


def test_a_named_file_is_never_passed_over(photos: Path) -> None:
    found = find_images([str(photos / "a.png"), str(photos / "readme.md")])
    assert names(found, photos) == ["a.png", "readme.md"]


def test_what_is_named_and_missing_is_a_problem_beside_images(photos: Path) -> None:
    (photos / "nothing").mkdir()
    found = find_images([str(photos / "a.png"), "no/such.png", "no/*.png", "", str(photos / "nothing"), "n" * 5000])
    assert names(found, photos) == ["a.png"]
    assert [reason for _, reason in found.problems] == [
        "no such file", "no such file", "no such file", "an empty folder", "File name too long"
    ]  # fmt: skip


def test_links_that_leave_the_folder_are_problems(photos: Path, tmp_path: Path) -> None:
    outside = picture(tmp_path / "outside.png")
    (photos / "link.png").symlink_to(outside)
    (photos / "inside.png").symlink_to(photos / "a.png")
    found = find_images([str(photos)])
    assert "inside.png" in names(found, photos)
    ((name, reason),) = found.problems
    assert name == str(photos / "link.png")
    assert reason.startswith("is a link that leaves the data folder")


def test_nothing_at_all(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no image to predict: nope \(no such file\); name image files"):
        find_images(["nope"])
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("words")
    with pytest.raises(DataError, match=r"there is no image to predict: .*texts \(no images in it\); name"):
        find_images([str(tmp_path / "texts")])


# -- reading -----------------------------------------------------------------------------------------------------------


def test_an_image_is_read_as_everywhere_else(small: Model, photos: Path) -> None:
    expected = prepare(decode((photos / "a.png").read_bytes()).pixels, small.preprocessing)
    np.testing.assert_array_equal(read_image(photos / "a.png", small.preprocessing), expected)


def test_images_that_cannot_be_read(small: Model, photos: Path) -> None:
    os.mkfifo(photos / "pipe")
    for name, reason in {
        "empty.jpg": "^empty file$",
        "deep/cut.png": "^truncated$",
        "readme.md": "^not an image$",
        "gone.png": "^no such file$",
        "deep": "^no regular file$",
        "pipe": "^no regular file$",
        "n" * 300: r"^cannot be opened \(File name too long\)$",
    }.items():
        with pytest.raises(ImageError, match=reason):
            read_image(photos / name, small.preprocessing)


def test_an_image_larger_than_check_and_train_read_is_refused_unread(small: Model, photos: Path) -> None:
    with (photos / "a.png").open("r+b") as file:
        file.truncate(MAX_IMAGE_BYTES + 1)  # sparse: it takes no room on the disk
    with pytest.raises(ImageError, match=r"^too large \(over 536,870,912 bytes\)$"):
        read_image(photos / "a.png", small.preprocessing)


# -- answering ---------------------------------------------------------------------------------------------------------


def test_answers_are_those_of_predict_in_order(small: Model, photos: Path) -> None:
    found = find_images([str(photos)])
    given = list(answers(small, found.files))
    assert [answer.file for answer in given] == list(found.files)
    assert [answer.problem for answer in given] == ["", "", "truncated", "", "", "empty file"]
    readable = [answer for answer in given if answer.prediction]
    pixels = np.stack([read_image(answer.file, small.preprocessing) for answer in readable])
    assert [answer.prediction for answer in readable] == predict(small, pixels)


def test_a_batch_without_one_readable_image(small: Model, photos: Path) -> None:
    assert list(answers(small, [photos / "empty.jpg"])) == [Answer(photos / "empty.jpg", None, "empty file")]


def test_no_files(small: Model) -> None:
    assert list(answers(small, [])) == []


def test_the_pixels_of_many_files_are_not_held_at_once(
    small: Model, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [photos / "a.png"] * 3000
    read = 0

    def counting(raw: bytes | Pixels, preprocessing: Preprocessing) -> object:
        nonlocal read
        read += 1
        return prepared_from(raw, preprocessing)

    monkeypatch.setattr(images, "prepared_from", counting)
    stream = answers(small, files)
    next(stream)
    stream.close()
    assert 0 < read <= min(2000, images.BATCH * (3 * threads() + 2))
