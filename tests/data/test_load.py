"""`load`: from a place on disk to all that training needs, or one message that says what to mend."""

from collections import Counter

import numpy as np
import pytest

from neocog.core.errors import DataError
from neocog.data.decode import decode
from neocog.data.load import inspect, load, refusal
from neocog.data.options import DataOptions
from neocog.data.scan import Scan
from neocog.data.table import Table


@pytest.fixture(autouse=True)
def _fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path, scene, encoded):
    """Lays out pictures: `{"ant": 5}` gives the folder ant with five of them."""

    def make(counts: dict[str, int], channels: int = 3):
        root = tmp_path / "set"
        for place, (name, count) in enumerate(counts.items()):
            (root / name).mkdir(parents=True, exist_ok=True)
            for row in range(count):
                picture = scene(1000 * place + row, 20, 24, channels)
                (root / name / f"{row:03}.png").write_bytes(encoded(picture))
        return root

    return make


def at(path, **choices) -> DataOptions:
    return DataOptions(path=str(path), **choices)


def test_a_folder_of_classes(folder):
    root = folder({"wasp": 20, "ant": 20, "bee": 20})
    data = load(at(root))
    assert data.classes == ("ant", "bee", "wasp")
    assert data.channels == 3
    assert {side: len(data.rows(side)) for side in ("train", "val", "test")} == {"train": 42, "val": 9, "test": 9}
    for side in ("train", "val", "test"):
        rows = data.rows(side)
        assert [data.classes[target] for target in data.targets(rows)] == [data.table.labels[row] for row in rows]
    assert data.notes == data.findings.notes
    assert data.test_hash == data.split.test_hash


def test_classes_sort_as_numbers(folder):
    assert load(at(folder({"10": 4, "9": 4, "100": 4}))).classes == ("9", "10", "100")


def test_gray_pictures_take_one_channel_unless_told_otherwise(folder):
    root = folder({"a": 5, "b": 5}, channels=1)
    assert load(at(root)).channels == 1
    assert load(at(root, channels=3)).channels == 3


def test_every_sample_has_a_key_of_its_own_that_lasts(folder):
    root = folder({"a": 5, "b": 5})
    first = load(at(root))
    keys = first.sample_key(np.arange(10))
    assert keys.dtype == np.uint64
    assert len(set(keys.tolist())) == 10
    by_name = dict(zip(first.table.ids, keys.tolist(), strict=True))
    (root / "a" / "000.png").unlink()
    later = load(at(root))
    assert all(by_name[later.table.ids[row]] == later.sample_key(np.array([row])).item() for row in range(9))


def test_the_fingerprint_names_what_was_learned_from(folder):
    root = folder({"train/a": 8, "train/b": 8, "test/a": 4, "test/b": 4})
    first = load(at(root))
    (root / "test" / "a" / "000.png").unlink()
    assert load(at(root)).fingerprint == first.fingerprint
    assert load(at(root)).test_hash != first.test_hash
    (root / "train" / "a" / "000.png").rename(root / "train" / "b" / "moved.png")
    assert load(at(root)).fingerprint != first.fingerprint


def test_the_second_load_is_equal_to_the_first(folder):
    options = at(folder({"a": 12, "b": 12}))
    first, second = load(options), load(options)
    assert first.split == second.split
    assert first.findings == second.findings
    assert first.fingerprint == second.fingerprint
    assert np.array_equal(first.labels, second.labels)


def test_unreadable_images_are_left_out(folder):
    root = folder({"a": 30, "b": 30})
    (root / "a" / "broken.png").write_bytes((root / "a" / "000.png").read_bytes()[:80])
    data = load(at(root))
    (row,) = (row for row, name in enumerate(data.table.ids) if name.endswith("broken.png"))
    assert data.split.sides[row] == ""
    assert data.labels[row] == -1
    assert data.findings.unreadable_count == 1


def test_too_many_unreadable_images_are_refused_and_can_be_allowed(folder):
    root = folder({"a": 8, "b": 8})
    for row in (1, 2, 3):
        (root / "a" / f"{row:03}.png").write_bytes((root / "a" / f"{row:03}.png").read_bytes()[:80])
    message = (
        r"3 of 16 images cannot be read, more than 5%, such as a/001\.png \(truncated\), .*; repair them, or train on "
        r"the rest with --set data\.max_unreadable=0\.19"
    )
    with pytest.raises(DataError, match=message):
        load(at(root))
    assert load(at(root, max_unreadable=0.19)).findings.unreadable_count == 3
    assert inspect(at(root)).findings.unreadable_count == 3


def test_one_class_is_refused(folder):
    with pytest.raises(DataError, match="at least two classes, got only a; put the images of each class into a folder"):
        load(at(folder({"train/a": 6, "test/a": 6})))


def test_a_class_without_training_images_is_refused(folder):
    root = folder({"train/a": 6, "train/b": 6, "test/a": 3, "test/b": 3, "test/c": 3})
    with pytest.raises(
        DataError, match="every class must have training images, got none for c .*; add some, or take the class out"
    ):
        load(at(root))
    assert inspect(at(root)).findings.unseen == ("c",)


@pytest.mark.parametrize(("side", "word"), [("train", "training"), ("val", "validation"), ("test", "test")])
def test_a_given_side_of_which_nothing_can_be_read_is_refused(folder, side, word):
    root = folder({f"{name}/{label}": 4 for name in ("train", "val", "test") for label in "ab"})
    for path in (root / side).glob("*/*.png"):
        path.write_bytes(path.read_bytes()[:80])
    message = (
        rf"set: no image of the given {word} set can be read, such as {side}/a/000\.png \(truncated\); "
        "repair them, or give no split at all, so that one is drawn"
    )
    with pytest.raises(DataError, match=message):
        load(at(root, max_unreadable=0.5))
    data = inspect(at(root))
    assert len(data.rows(side)) == 0
    assert data.split.drawn == ()


def test_what_load_refuses_is_a_value_too(folder):
    root = folder({"a": 9})
    with pytest.raises(DataError) as refused:
        load(at(root))
    assert refusal(inspect(at(root))) == str(refused.value)
    assert refusal(inspect(at(folder({"a": 9, "b": 9})))) is None


@pytest.mark.parametrize(("count", "side"), [(1, "validation"), (2, "validation")])
def test_too_few_images_to_share_are_refused(folder, count, side):
    with pytest.raises(DataError, match=f"must hold {side} images, got none: .*; add images, at least three"):
        load(at(folder({"a": count, "b": count})))


def test_progress_is_told(folder):
    told: list[tuple[int, int]] = []
    load(at(folder({"a": 4, "b": 4})), lambda *at: told.append(at))
    assert told == [(8, 8)]


def test_digits_need_no_file():
    data = load(DataOptions(path="digits"))
    assert data.classes == tuple("0123456789")
    assert data.channels == 1
    assert len(data.table) == 1797
    assert abs(len(data.rows("test")) - 0.15 * 1797) < 5


def test_steel_surfaces(shared):
    data = load(at(shared / "neu-surface-defects.zip"))
    assert data.channels == 1
    assert len(data.classes) == 6
    assert Counter(data.split.sides) == {"train": 486, "val": 84, "test": 180}
    assert data.findings.leaks == ()


def test_planted_faults_in_real_photos(shared, tmp_path, encoded):
    whole = load(at(shared / "ants-bees-photos.zip"))
    root = tmp_path / "photos"
    rows = [*whole.rows("train")[:30].tolist(), *whole.rows("test").tolist()]
    for row in rows:
        side = "train" if whole.split.sides[row] == "train" else "test"
        path = root / side / whole.table.labels[row] / whole.table.ids[row].rsplit("/", 1)[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(whole.table.source.read(row)))
    classes = sorted(path.name for path in (root / "train").iterdir())
    victim = sorted((root / "train" / classes[0]).iterdir())
    (root / "test" / classes[0] / "identical.jpg").write_bytes(victim[0].read_bytes())
    save_again(victim[1], root / "test" / classes[0] / "again.jpg", encoded)
    (root / "train" / "wrong").mkdir()
    victim[2].rename(root / "train" / "wrong" / "one.jpg")
    (root / "train" / classes[0] / "empty.jpg").write_bytes(b"")
    found = inspect(at(root)).findings
    assert {(pair.other_id.rsplit("/", 1)[1], pair.kind) for pair in found.leaks} >= {
        ("identical.jpg", "identical"),
        ("again.jpg", "near"),
    }
    assert [item.reason for item in found.unreadable] == ["empty file"]


def save_again(source, target, encoded) -> None:
    """Save a photo again, at JPEG quality 75."""
    target.write_bytes(encoded(decode(source.read_bytes()).pixels, "JPEG", quality=75))


@pytest.mark.slow
def test_mnist_keeps_its_test_set(shared):
    data = load(at(shared / "mnist"))
    assert {side: len(data.rows(side)) for side in ("train", "val", "test")} == {
        "train": 51_000,
        "val": 9_000,
        "test": 10_000,
    }


def test_a_table_and_its_scan_have_as_many_rows(folder):
    data = inspect(at(folder({"a": 3, "b": 3})))
    assert isinstance(data.table, Table)
    assert isinstance(data.scan, Scan)
    assert len(data.table) == len(data.scan) == len(data.labels) == len(data.split.sides)
