"""Images that are decoded when they are asked for: the same as the array, whoever asks and however."""

import io
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from neocog.core.errors import DataError
from neocog.data.cache import place, prepared, squashed
from neocog.data.encoded import Encoded, Places, beyond, gathered
from neocog.data.find import find
from neocog.data.options import DataOptions
from neocog.data.preprocessing import Preprocessing
from neocog.data.scan import scan
from neocog.data.table import Pixels, Table
from neocog.data.tensors import statistics

cache = import_module("neocog.data.cache")
KEPT = np.random.default_rng(0).integers(0, 256, (50, 3, 4, 5), np.uint8)
HELD = Encoded(KEPT.shape, lambda place: KEPT[place])
HOW = Preprocessing(size=(16, 16), channels=3)


@pytest.fixture(autouse=True)
def _fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_SMALL", 0)
    yield
    assert decoding() == []


def decoding() -> list[str]:
    """The threads that decode now."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("neocog-decoders")]


index = st.one_of(
    st.integers(-50, 49),
    st.slices(50),
    st.lists(st.integers(-50, 49)).map(lambda places: np.array(places, np.int64)),
    st.lists(st.booleans(), min_size=50, max_size=50).map(np.array),
)


@given(places=index)
def test_it_is_indexed_like_the_array(places: int | Places) -> None:
    assert np.array_equal(HELD[places], KEPT[places])


def test_it_has_the_form_of_the_array() -> None:
    assert (HELD.shape, HELD.ndim, HELD.dtype, len(HELD), HELD.nbytes) == (
        KEPT.shape,
        KEPT.ndim,
        KEPT.dtype,
        len(KEPT),
        KEPT.nbytes,
    )
    assert np.array_equal(list(HELD), KEPT)
    with pytest.raises(IndexError):
        HELD[50]


@given(
    batches=st.lists(st.lists(st.integers(0, 49), min_size=1, max_size=20), max_size=6),
    workers=st.integers(1, 4),
    ahead=st.booleans(),
)
def test_batches_come_in_their_order_from_any_number_of_threads(
    batches: list[list[int]], workers: int, ahead: bool
) -> None:
    found = list(gathered(HELD, batches, workers, ahead))
    expected = list(gathered(KEPT, batches))
    assert len(found) == len(batches)
    assert all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))


@pytest.mark.parametrize(("ahead", "begun"), [(False, 1), (True, 2)])
def test_the_next_batch_is_begun_only_where_that_is_asked_for(ahead: bool, begun: int) -> None:
    asked: list[int] = []

    def batches() -> Iterator[list[int]]:
        for start in range(5):
            asked.append(start)
            yield [start]

    stream = gathered(HELD, batches(), 1, ahead)
    next(stream)
    assert len(asked) == begun
    stream.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("fault", [DataError("gone"), KeyboardInterrupt()])
def test_what_an_image_raises_comes_in_its_place_and_no_thread_stays(fault: BaseException) -> None:
    def image(place: int) -> Pixels:
        if place == 7:
            raise fault
        return KEPT[place]

    stream = gathered(Encoded(KEPT.shape, image), [[0, 1, 2], [5, 6, 7, 8], [9]], 2, ahead=True)
    assert np.array_equal(next(stream), KEPT[:3])
    with pytest.raises(type(fault)):
        next(stream)


def folder(root: Path, pictures: list[bytes]) -> Path:
    for number, picture in enumerate(pictures):
        file = root / "ab"[number % 2] / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(picture)
    return root


def table_file(root: Path, pictures: list[bytes]) -> Path:
    folder(root, pictures)
    lines = [f"{'ab'[number % 2]}/{number}.png,{'ab'[number % 2]}" for number in range(len(pictures))]
    (root / "labels.csv").write_text("\n".join(["file,label", *lines]))
    return root / "labels.csv"


def zipped(root: Path, pictures: list[bytes]) -> Path:
    with zipfile.ZipFile(root.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder(root, pictures).rglob("*.png")):
            archive.write(file, file.relative_to(root))
    return root.with_suffix(".zip")


def tarred(root: Path, pictures: list[bytes]) -> Path:
    with tarfile.open(root.with_suffix(".tar.gz"), "w:gz") as archive:
        archive.add(folder(root, pictures), "pictures")
    return root.with_suffix(".tar.gz")


def arrays(root: Path, pictures: list[bytes]) -> Path:
    images = [np.asarray(Image.open(io.BytesIO(picture)).resize((20, 20))) for picture in pictures]
    np.savez(root.with_suffix(".npz"), x=np.stack(images), y=np.arange(len(images)) % 2)
    return root.with_suffix(".npz")


@pytest.mark.parametrize("form", [folder, table_file, zipped, tarred, arrays])
def test_the_same_pixels_as_within_the_budget_wherever_they_lie(
    form: Callable[[Path, list[bytes]], Path],
    tmp_path: Path,
    scene: Callable[..., Pixels],
    encoded: Callable[..., bytes],
) -> None:
    path = form(tmp_path / "set", [encoded(scene(seed, 20 + seed, 40 - seed)) for seed in range(12)])
    table = find(str(path), DataOptions(path=str(path)))
    seen, rows = scan(table), np.array([3, 0, 11, 5, 7, 2])
    fresh, kept = (prepared(table, seen, rows, HOW, cache_gb=room) for room in (1e-9, 1))
    assert (place(kept), place(fresh)) == ("disk", "files")
    assert np.array_equal(fresh[:], kept)
    (fresh, same), (kept, aspects) = (squashed(table, seen, rows, 14, 3, cache_gb=room) for room in (1e-9, 1))
    assert (place(kept), place(fresh)) == ("disk", "files")
    assert np.array_equal(fresh[:], kept)
    assert np.array_equal(aspects, same)


@pytest.fixture
def table(tabled: Callable[..., Table], scene: Callable[..., Pixels], encoded: Callable[..., bytes]) -> Table:
    return tabled([encoded(scene(seed, 20 + seed, 40 - seed)) for seed in range(6)])


def test_the_figures_of_a_set_are_those_of_the_array_and_are_remembered(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = scan(table)
    fresh, kept = (prepared(table, seen, np.arange(6), HOW, cache_gb=room) for room in (1e-9, 1))
    told: list[tuple[int, int]] = []
    assert statistics(fresh, lambda *at: told.append(at)) == statistics(kept)
    assert told == [(6, 6)]
    monkeypatch.setattr(cache, "decode", None)
    assert statistics(fresh) == statistics(kept)


def test_figures_are_not_remembered_for_images_without_a_name() -> None:
    assert statistics(HELD) == statistics(KEPT)
    assert statistics(Encoded(KEPT.shape, lambda place: 255 - KEPT[place])) == statistics(255 - KEPT)


def test_what_is_not_kept_is_told_with_how_to_keep_it() -> None:
    large = Encoded((10**6, 3, 224, 224), lambda place: KEPT[place])
    assert beyond([KEPT], 20) == ""
    assert beyond([KEPT, large], 20) == (
        "the prepared images would take 151 GB, more than data.cache_gb=20 allows, so images are decoded anew for "
        "every epoch: slower, to the same result; to keep them, begin or resume with --set data.cache_gb=151"
    )
    assert beyond([KEPT, large], 200) == (
        "the disk has no room for 151 GB of prepared images, so images are decoded anew for every epoch: slower, to "
        "the same result; free some, or name a larger place with NEOCOG_CACHE=FOLDER"
    )
