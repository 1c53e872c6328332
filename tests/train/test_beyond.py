"""A run whose images exceed the cache's budget: the same model to the byte, and no accident that costs more."""

import itertools
import threading
import zipfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neocog.core import config
from neocog.core.errors import DataError, RunError
from neocog.core.run import MODEL
from neocog.train import Recipe, recipe_of, train
from neocog.train.compute import decoders
from neocog.train.distributed import Group
from neocog.train.events import Epoch, Note
from neocog.train.recipe import Compute

compute = import_module("neocog.train.compute")


@pytest.fixture(autouse=True)
def _fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("neocog.data.cache._SMALL", 0)
    yield
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("neocog")] == []


@pytest.fixture
def pictures(shapes: Path, tmp_path: Path) -> Path:
    """The shapes as class folders of PNG files, twice as wide as high."""
    with np.load(shapes) as held:
        for number, (image, label) in enumerate(zip(held["x"], held["y"], strict=True)):
            file = tmp_path / "pictures" / f"kind{label}" / f"{number:03}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image.repeat(3, axis=1).repeat(2, axis=0)).save(file)
    return tmp_path / "pictures"


@pytest.fixture
def beyond(recipe: Recipe, pictures: Path) -> Recipe:
    """The recipe on files, with a budget that nothing keeps to."""
    return config.override(recipe, {"data.path": str(pictures), "data.cache_gb": "1e-9", "epochs": "3"})


def within(recipe: Recipe) -> Recipe:
    """The same with room for all."""
    return config.override(recipe, {"data.cache_gb": "1"})


def model(recipe: Recipe, out: Path) -> bytes:
    list(train(recipe, out))
    return (out / MODEL).read_bytes()


@pytest.mark.parametrize("processors", [1, 3])
@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"sampling": "balanced", "regularize.mixup": "0.4"},
        {"augment.scale": "1", "augment.rotation": "0", "augment.translation": "0"},
    ],
)
def test_the_model_is_the_same_to_the_byte(
    beyond: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choices: dict[str, str], processors: int
) -> None:
    """Whether images are decoded while the network computes, or between the steps."""
    monkeypatch.setattr(compute, "processors", lambda: processors)
    beyond = config.override(beyond, choices)
    first = model(beyond, tmp_path / "beyond")
    assert not (tmp_path / "cache" / "images").exists()
    assert first == model(within(beyond), tmp_path / "within")
    assert (tmp_path / "cache" / "images").exists()


def test_an_archive_gives_the_same_model_too(beyond: Recipe, pictures: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as archive:
        for file in sorted(pictures.rglob("*.png")):
            archive.write(file, file.relative_to(pictures))
    packed = config.override(beyond, {"data.path": str(tmp_path / "pictures.zip")})
    assert model(packed, tmp_path / "beyond") == model(within(packed), tmp_path / "within")


def test_it_is_said_once(beyond: Recipe, tmp_path: Path) -> None:
    def said(recipe: Recipe, out: str) -> list[str]:
        notes = [event.text for event in train(recipe, tmp_path / out) if isinstance(event, Note)]
        return [text for text in notes if "prepared images" in text]

    (text,) = said(beyond, "beyond")
    assert text.endswith("to the same result; to keep them, begin or resume with --set data.cache_gb=1")
    assert said(within(beyond), "within") == []


def nth(step: int, do: Callable[[], object]) -> Callable[[], bool]:
    """Do something after so many steps, and never ask to stop."""
    count = itertools.count(1)
    return lambda: next(count) == step and bool(do()) and False


@pytest.mark.parametrize("accident", ["gone", "broken"])
def test_a_file_that_is_lost_in_mid_run_is_named_and_the_run_goes_on_once_it_is_back(
    beyond: Recipe, pictures: Path, tmp_path: Path, accident: str
) -> None:
    expected = model(within(beyond), tmp_path / "within")
    run, files = tmp_path / "run", {file: file.read_bytes() for file in pictures.rglob("*.png")}

    def lose() -> None:
        for file in files:
            if accident == "gone":
                file.unlink()
            else:
                file.write_bytes(b"")

    import_module("neocog.data.cache").clear()
    epochs = []
    with pytest.raises(DataError, match=r"kind\d/\d+\.png (was readable before, now: cannot be read|changed while)"):
        for event in train(beyond, run, stop=nth(12, lose)):
            epochs += [event.epoch] if isinstance(event, Epoch) else []
    assert epochs == [1]
    lost = next(iter(files))
    for file, content in files.items():
        if file != lost:
            file.write_bytes(content)
    with pytest.raises(RunError, match="have changed since .* was begun; bring them back"):
        list(train(beyond, run, resume=True))
    lost.write_bytes(files[lost])
    events = list(train(beyond, run, resume=True))
    assert events[0].kind == "resumed"
    assert (run / MODEL).read_bytes() == expected


def test_a_run_that_is_left_resumes_to_the_same_model(beyond: Recipe, tmp_path: Path) -> None:
    count = itertools.count(1)
    list(train(beyond, tmp_path / "run", stop=lambda: next(count) >= 13))
    list(train(beyond, tmp_path / "run", resume=True))
    assert (tmp_path / "run" / MODEL).read_bytes() == model(within(beyond), tmp_path / "within")


def test_a_run_goes_on_with_other_room(beyond: Recipe, tmp_path: Path) -> None:
    """Of all choices this one may change, because it decides how fast images come and not how they look."""
    run, count = tmp_path / "run", itertools.count(1)
    list(train(beyond, run, stop=lambda: next(count) >= 13))
    assert not (tmp_path / "cache" / "images").exists()
    roomy = recipe_of(run, within(beyond), ["data.cache_gb"])
    assert roomy is not None
    list(train(roomy, run, resume=True, stop=lambda: True))
    assert (tmp_path / "cache" / "images").exists()
    kept = recipe_of(run, beyond, [])
    assert kept is not None and kept.data.cache_gb == 1
    list(train(kept, run, resume=True))
    assert (run / MODEL).read_bytes() == model(within(beyond), tmp_path / "within")


@pytest.mark.parametrize(
    ("processors", "threads", "processes", "expected"),
    [
        (1, 1, 1, (1, False)),
        (2, 1, 1, (1, True)),
        (2, 2, 1, (2, False)),
        (8, 1, 1, (7, True)),
        (8, 8, 1, (8, False)),
        (8, 6, 1, (2, True)),
        (8, 4, 2, (4, False)),
        (8, 3, 2, (1, True)),
        (2, 16, 1, (2, False)),
    ],
)
def test_decoding_takes_the_processors_that_are_left_or_turns(
    monkeypatch: pytest.MonkeyPatch, processors: int, threads: int, processes: int, expected: tuple[int, bool]
) -> None:
    monkeypatch.setattr(compute, "processors", lambda: processors)
    group = Group(size=processes, local_size=processes)
    assert decoders(Compute(device="cpu", threads=threads), group) == expected


def test_a_gpu_leaves_all_processors_but_the_one_that_feeds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for processors, expected in ((16, 15), (1, 1)):
        monkeypatch.setattr(compute, "processors", lambda count=processors: count)
        assert decoders(Compute(device="cuda", threads=16), Group()) == (expected, True)
