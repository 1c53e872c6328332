"""Data over real requests, against the files, the run's own splits, and the very pixels that training draws."""

import base64
import io
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from neocog.core import config
from neocog.core.errors import DataError
from neocog.core.run import RunFolder
from neocog.data import DataOptions, load
from neocog.studio import Opened, shelf
from neocog.studio.strips import parse_rows
from neocog.train import Recipe
from neocog.train.distributed import ALONE
from neocog.train.resolve import resolve
from neocog.train.sitting import sit

BITS = {
    name: 1 << place for place, name in enumerate(("unreadable", "leak", "conflict", "duplicate", "odd", "suspect"))
}
SPLITS = ("train", "val", "test", "")


def noise(seed: int, height: int = 32, width: int = 32) -> NDArray[np.uint8]:
    """A picture that no other one is like: a few random blocks."""
    drawn = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    return np.asarray(Image.fromarray(drawn).resize((width, height), Image.Resampling.BICUBIC))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Given splits with a fault of each kind; ten sound images a class and split otherwise."""
    folder = tmp_path / "photos"
    for at, (side, label) in enumerate((side, label) for side in ("train", "val", "test") for label in ("cat", "dog")):
        (folder / side / label).mkdir(parents=True)
        for place in range(10):
            Image.fromarray(noise(100 * at + place)).save(folder / side / label / f"{place}.png")
    train, test = folder / "train", folder / "test"
    (train / "cat" / "broken.png").write_bytes(b"no image at all")
    shutil.copy(train / "cat" / "0.png", train / "cat" / "again.png")
    shutil.copy(train / "cat" / "1.png", test / "cat" / "leaked.png")
    shutil.copy(train / "cat" / "2.png", train / "dog" / "mistaken.png")
    Image.fromarray(noise(999, 20, 400)).save(train / "dog" / "long.png")
    return folder


@pytest.fixture
def opened(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, studio_on: Callable[[Opened], Any]) -> Any:
    """A studio that was opened on them."""
    monkeypatch.chdir(tmp_path)
    return studio_on(Opened(tmp_path / "runs", data=str(photos)))


def read(studio: Any, query: str = "", seconds: float = 60) -> dict[str, Any]:
    """The columns of a data set, once it is read."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = studio.get(f"/api/dataset?{query}")
        assert answer.status == 200, answer.told
        if answer.told["table"]:
            table: dict[str, Any] = answer.told["table"]
            return table
        assert 0 <= answer.told["reading"]["done"] <= answer.told["reading"]["of"]
        time.sleep(0.05)
    raise AssertionError("the data are not read")


def picture(body: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(body)))


def test_every_problem_stands_at_its_rows(opened: Any) -> None:
    table = read(opened)
    files = opened.get("/api/dataset/files").told
    assert len(files) == table["images"] == 65
    assert table["classes"] == ["cat", "dog"]
    wrong: dict[str, set[str]] = {name: set() for name in BITS}
    for file, bits in zip(files, table["problems"], strict=True):
        for name, bit in BITS.items():
            if bits & bit:
                wrong[name].add(file)
    assert wrong == {
        "unreadable": {"train/cat/broken.png"},
        "duplicate": {"train/cat/0.png", "train/cat/again.png", "train/cat/2.png", "train/dog/mistaken.png"},
        "leak": {"train/cat/1.png", "test/cat/leaked.png"},
        "conflict": {"train/cat/2.png", "train/dog/mistaken.png"},
        "odd": {"train/dog/long.png"},
        "suspect": set(),
    }
    assert table["kinds"] == list(BITS)
    for file, split, label in zip(files, table["splits"], table["labels"], strict=True):
        side, name, _ = file.split("/")
        assert table["classes"][label] == name
        assert SPLITS[split] == ("" if file.endswith("broken.png") else side)
    groups = {frozenset(files[row] for row in rows) for rows in table["groups"]}
    assert groups == {
        frozenset({"train/cat/0.png", "train/cat/again.png"}),
        frozenset({"train/cat/1.png", "test/cat/leaked.png"}),
        frozenset({"train/cat/2.png", "train/dog/mistaken.png"}),
    }
    assert table["identical"] == [True] * 3
    assert not table["refusal"]
    assert not table["shortcut"]


def test_a_shortcut_is_told_though_every_image_is_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, studio_on: Callable[[Opened], Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    for at, label in enumerate(("cat", "dog")):
        (tmp_path / "framed" / label).mkdir(parents=True)
        for place in range(40):
            framed = np.full((32, 32, 3), 255 * at, np.uint8)
            framed[4:28, 4:28] = noise(100 * at + place, 24, 24)
            Image.fromarray(framed).save(tmp_path / "framed" / label / f"{place}.png")
    table = read(studio_on(Opened(tmp_path / "runs", data=str(tmp_path / "framed"))))
    assert table["shortcut"]
    assert any("border" in each for each in table["suggestions"])
    assert not any(table["problems"])


def test_an_image_is_told_with_what_is_wrong(opened: Any) -> None:
    read(opened)
    files = opened.get("/api/dataset/files").told

    def told(file: str) -> dict[str, Any]:
        found: dict[str, Any] = opened.get(f"/api/dataset/images/{files.index(file)}").told
        return found

    leaked = told("test/cat/leaked.png")
    assert (leaked["label"], leaked["split"], leaked["width"], leaked["height"]) == ("cat", "test", 32, 32)
    assert leaked["problems"] == [
        "The same picture is among the training images too: what is learned by heart looks understood."
    ]
    assert [(twin["file"], twin["identical"]) for twin in leaked["twins"]] == [("train/cat/1.png", True)]
    assert leaked["format"] == "PNG"
    assert leaked["bytes"] > 0
    assert told("train/cat/broken.png")["problems"] == ["It cannot be read (not an image), so it is left out."]
    assert told("train/dog/mistaken.png")["problems"] == [
        "The same picture is labelled cat too: no network can learn both.",
        "The same picture is there once more among the training images: it counts that often.",
    ]
    assert told("train/dog/long.png")["problems"] == [
        "400 x 20 pixels are far from the usual 32 x 32: does it belong to the set?"
    ]
    missing = opened.get("/api/dataset/images/65")
    assert (missing.status, missing.told["mend"]) == (422, "begin at 0")
    assert missing.told["wrong"] == "there is no image at 65: photos has 65 images"


def test_a_strip_holds_small_images_as_they_are(studio: Any) -> None:
    table = read(studio, "run=first")
    assert (table["side"], table["exact"]) == (8, True)
    answer = studio.get(f"/api/dataset/strip?run=first&rows=5,20-39,1796&version={table['version']}")
    assert "immutable" in answer.headers["cache-control"]
    sheet = picture(answer.body)
    assert sheet.shape == (16, 8 * table["across"]), "22 pictures, 16 beside each other"
    source = load(DataOptions(path="digits")).table.source
    for place, row in enumerate([5, *range(20, 40), 1796]):
        top, left = 8 * (place // table["across"]), 8 * (place % table["across"])
        np.testing.assert_array_equal(sheet[top : top + 8, left : left + 8], source.read(row))
    assert "immutable" not in studio.get("/api/dataset/strip?run=first&rows=0&version=other").headers["cache-control"]


def test_large_images_come_as_thumbnails_before_and_after_they_are_made(opened: Any, photos: Path) -> None:
    table = read(opened)
    assert (table["exact"], table["side"]) == (False, 97)
    files = opened.get("/api/dataset/files").told
    row = files.index("val/dog/3.png")
    original = np.asarray(Image.open(photos / "val" / "dog" / "3.png").resize((97, 97), Image.Resampling.BILINEAR))
    rows = f"{files.index('train/cat/broken.png')},{row}"
    kept, end = False, time.monotonic() + 60
    while not kept and time.monotonic() < end:
        answer = opened.get(f"/api/dataset/strip?rows={rows}&version={table['version']}")
        kept = "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"] == "image/jpeg"
        sheet = picture(answer.body)
        assert sheet.shape == (97, 194, 3)
        assert sheet[:, :90].max() < 10, "an unreadable one stays black"
        assert np.abs(sheet[:, 97:].astype(int) - original).mean() < 4
        time.sleep(0.05)
    assert kept, "once the thumbnails are made, strips stay"


def test_images_from_afar_are_like_the_images(studio: Any) -> None:
    table = read(studio, "run=first")
    side, across = table["far_side"], table["far_across"]
    answer = studio.get(f"/api/dataset/far?run=first&version={table['version']}")
    assert "immutable" in answer.headers["cache-control"]
    sheet = picture(answer.body).astype(float)
    assert sheet.shape == (-(-1797 // across) * side, across * side)
    source = load(DataOptions(path="digits")).table.source
    for row in (0, 63, 64, 1796):
        top, left = side * (row // across), side * (row % across)
        found = sheet[top : top + side, left : left + side]
        assert np.corrcoef(found.ravel(), source.read(row).ravel())[0, 1] > 0.97
    beyond = studio.get("/api/dataset/far?run=first&part=1")
    assert (beyond.status, beyond.told["wrong"]) == (422, "there are 1 parts, and none at 1")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "rows must be numbers and ranges like 3,7-9, got ''"),
        ("1,x", "rows must be numbers and ranges like 3,7-9, got '1,x'"),
        ("-5", "rows must be numbers and ranges like 3,7-9, got '-5'"),
        ("5-65", "rows must be from 0 to 64, got '5-65'"),
        ("9-3", "rows must be from 0 to 64, got '9-3'"),
    ],
)
def test_rows_that_are_none(opened: Any, text: str, wrong: str) -> None:
    read(opened)
    answer = opened.get(f"/api/dataset/strip?rows={quote(text)}")
    assert (answer.status, answer.told["wrong"]) == (422, wrong)


def test_a_strip_is_bounded() -> None:
    assert len(parse_rows("0-511", 60_000)) == 512
    with pytest.raises(DataError, match="at most 512 rows are shown at once, got '0-512'; ask for fewer"):
        parse_rows("0-512", 60_000)


def test_a_run_s_splits_are_those_that_it_was_begun_with(studio: Any) -> None:
    table = read(studio, "run=first")
    files = studio.get("/api/dataset/files?run=first").told
    own = {row.file: row.split for row in RunFolder(studio.runs / "first").read_splits()}
    assert {file: SPLITS[split] for file, split in zip(files, table["splits"], strict=True)} == own
    assert table["changed"] == ""
    suspects = studio.get("/api/runs/first/results").told["suspects"]
    found = [row for row, bits in enumerate(table["problems"]) if bits & BITS["suspect"]]
    assert len(found) == suspects > 0
    told = studio.get(f"/api/dataset/images/{found[0]}?run=first").told
    assert told["answer"]["answer"] != told["label"]
    answer = told["answer"]["answer"]
    assert told["problems"][-1].startswith(f"By the model's answers its label is doubtful: it says {answer}, and is ")
    sample = studio.get(f"/api/runs/first/samples/{told['answer']['index']}").told
    assert sample["sample"]["file"] == told["file"]


def test_data_that_changed_since_say_so(opened: Any, photos: Path) -> None:
    run = RunFolder(opened.runs / "mine")
    read(opened)
    dataset = load(DataOptions(path=str(photos)))
    resolved = resolve(Recipe(net="mlp", data=dataset.options), dataset)
    run.path.mkdir(parents=True)
    run.write("recipe.toml", config.to_toml(resolved.recipe))
    rows = zip(dataset.table.ids, dataset.table.labels, dataset.split.sides, dataset.scan.hashes, strict=True)
    lines = [",".join(row) for row in rows if row[2]]
    run.write("splits.csv", "\n".join(["file,label,split,hash", *lines, "gone.png,cat,train,00", ""]))
    Image.fromarray(noise(1234)).save(photos / "train" / "cat" / "new.png")
    Image.fromarray(noise(5678)).save(photos / "train" / "cat" / "5.png")
    table = read(opened, "run=mine")
    assert table["changed"] == "1 is gone, 1 is new, and part of no split, 1 is changed"
    new = opened.get("/api/dataset/files?run=mine").told.index("train/cat/new.png")
    assert table["splits"][new] == 3


def test_what_the_network_sees_is_what_training_draws(studio: Any) -> None:
    recipe = config.from_toml(Recipe, (studio.runs / "second" / "recipe.toml").read_text(), "recipe.toml")
    dataset = load(recipe.data)
    sitting = sit(resolve(recipe, dataset), dataset, None, ALONE)
    read(studio, "run=second")
    rows = dataset.rows("train")[[3, 100]]
    asked = f"run=second&rows={rows[0]},{rows[1]}&epoch=2"
    found = studio.get(f"/api/dataset/views?{asked}").told
    assert (found["first"], found["total"], found["trains"]) == (2, 2, [True, True])
    assert found["varied"] == ["scale 1.1", "rotation 8", "translation 0.06", "brightness 0.1", "contrast 1.15"]
    preprocessing = sitting.validation.preprocessing
    for epoch in (2, 5):
        batches = list(sitting.plan.batches(epoch - 1, 0))
        seen = np.concatenate([images.numpy() for images, _ in batches])
        pixels = seen * np.float32(preprocessing.deviation[0]) + np.float32(preprocessing.mean[0])
        drawn = (pixels.clip(0, 1) * 255)[:, 0]
        for image in found["images"]:
            own = decoded(image["epochs"][epoch - 2]["picture"])
            assert np.abs(drawn - own).max(axis=(1, 2)).min() < 0.51, "one of the epoch's images is this one"
            assert any(word.startswith("rotation") for word in image["epochs"][epoch - 2]["told"])
    for image in found["images"]:
        plain = decoded(image["validation"])
        np.testing.assert_array_equal(plain, dataset.table.source.read(image["row"]))
        low, high = ((plain[index] / 255 - preprocessing.mean[0]) / preprocessing.deviation[0] for index in ends(plain))
        assert image["low"] == pytest.approx(low, abs=1e-4)
        assert image["high"] == pytest.approx(high, abs=1e-4)
    sheet = studio.get(f"/api/dataset/sheet?{asked}")
    assert sheet.headers["content-type"] == "image/png"
    assert picture(sheet.body).shape[1] > 600


def decoded(address: str) -> NDArray[np.uint8]:
    head, _, body = address.partition(",")
    assert head == "data:image/png;base64"
    return picture(base64.b64decode(body))


def ends(pixels: NDArray[np.uint8]) -> tuple[Any, Any]:
    return np.unravel_index(pixels.argmin(), pixels.shape), np.unravel_index(pixels.argmax(), pixels.shape)


def test_data_without_a_run_are_seen_by_the_defaults(opened: Any) -> None:
    read(opened)
    files = opened.get("/api/dataset/files").told
    names = ["train/cat/broken.png", "train/cat/3.png", "test/dog/3.png"]
    rows = ",".join(str(files.index(name)) for name in names)
    found = opened.get(f"/api/dataset/views?rows={rows}").told
    assert [files[image["row"]] for image in found["images"]] == names[1:], "what cannot be read is left out"
    assert found["trains"] == [True, False]
    assert found["total"] is None
    assert "The mean of all training images is then taken off" in found["normalization"]


def test_data_are_read_again_when_asked(opened: Any, photos: Path) -> None:
    before = read(opened)
    shutil.rmtree(photos / "val" / "dog")
    assert read(opened)["version"] == before["version"]
    opened.get("/api/dataset?anew=true")
    assert read(opened)["images"] == 55


@pytest.mark.parametrize("empty", [True, False])
def test_data_that_cannot_be_read_say_so(opened: Any, tmp_path: Path, empty: bool) -> None:
    wrong = "there is no 'nowhere'"
    if empty:
        (tmp_path / "nowhere").mkdir()
        wrong = "nowhere"
    end = time.monotonic() + 30
    while (answer := opened.get("/api/dataset?path=nowhere")).status == 200 and time.monotonic() < end:
        time.sleep(0.05)
    assert answer.status == 422
    assert wrong in answer.told["wrong"]
    assert answer.told["mend"]


def test_no_data_are_open(studio: Any) -> None:
    answer = studio.get("/api/dataset")
    assert answer.status == 422
    assert answer.told == {"wrong": "no data are open", "mend": "choose some here, or begin with: neocog studio DATA"}
    outside = studio.get("/api/dataset?path=/etc")
    assert outside.told["wrong"].startswith("data must lie below the folder that the studio was started in")


def test_a_picture_of_the_data(opened: Any, photos: Path) -> None:
    read(opened)
    files = opened.get("/api/dataset/files").told
    row = files.index("train/dog/7.png")
    answer = opened.get(f"/api/dataset/images/{row}/picture")
    np.testing.assert_array_equal(picture(answer.body), np.asarray(Image.open(photos / "train" / "dog" / "7.png")))
    (photos / "train" / "dog" / "7.png").unlink()
    gone = opened.get(f"/api/dataset/images/{row}/picture")
    assert gone.status == 422
    assert gone.told["wrong"] == "train/dog/7.png cannot be shown (cannot be read (No such file or directory))"
    assert gone.told["mend"] == "bring it back, or repair it"
    for what in ("views", "sheet"):
        lost = opened.get(f"/api/dataset/{what}?rows={row}").told
        assert lost["wrong"].startswith("an image of photos can no longer be shown (cannot be read (")
        assert lost["mend"] == "bring it back, or read the data again"
    assert opened.get(f"/api/dataset/images/{row}").status == 200, "what is known of it is still told"


def test_who_asks_too_early_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()
    monkeypatch.setattr(shelf, "inspect", lambda *_: asked.wait(30))
    monkeypatch.setattr(shelf, "PATIENCE", 0.01)
    with pytest.raises(DataError, match="digits is still being read; ask again in a moment"):
        shelf.Shelf().held(DataOptions(path="digits"))
    asked.set()


def test_the_last_few_sets_are_kept() -> None:
    kept = shelf.Shelf()
    first = kept.held(DataOptions(path="digits"))
    assert kept.look(DataOptions(path="digits")) is first
    for seed in range(shelf.MOST):
        kept.held(DataOptions(path="digits", split_seed=seed + 1))
    assert kept.held(DataOptions(path="digits")) is not first


def test_what_has_nothing_to_train_on_is_not_shown_as_training_sees_it(opened: Any, photos: Path) -> None:
    for path in (photos / "train").rglob("*.png"):
        path.write_bytes(b"no image at all")
    read(opened)
    missing = opened.get("/api/dataset/views?rows=0")
    assert (missing.status, missing.told["wrong"]) == (422, "there is no training image in photos")
    assert missing.told["mend"]
