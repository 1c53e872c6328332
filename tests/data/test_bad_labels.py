"""Labels that cannot be learned or judged: in test only, of one example, empty; as folders and as a table."""

from collections.abc import Callable
from pathlib import Path

import pytest

from neocog.core.config import override
from neocog.core.errors import DataError
from neocog.data import DataOptions, Pixels, inspect, load, refusal
from neocog.train import Recipe

Lay = Callable[..., Path]
Scene = Callable[..., Pixels]
Encode = Callable[..., bytes]


@pytest.fixture
def image(scene: Scene, encoded: Encode) -> Callable[[int], bytes]:
    return lambda seed: encoded(scene(seed, 16, 16))


def folders(image: Callable[[int], bytes], counts: dict[str, int]) -> dict[str, bytes | str]:
    """Files of class folders, so many in each."""
    files: dict[str, bytes | str] = {}
    for folder, count in counts.items():
        for _ in range(count):
            files[f"{folder}/{len(files)}.png"] = image(len(files))
    return files


def table(image: Callable[[int], bytes], rows: list[str]) -> dict[str, bytes | str]:
    """A labels.csv of these rows, and its images; a row begins with its label."""
    head = "file,label,split" if rows[0].count(",") else "file,label"
    lines = "\n".join(f"img/{place}.png,{row}" for place, row in enumerate(rows))
    return {"labels.csv": f"{head}\n{lines}\n"} | {f"img/{place}.png": image(place) for place in range(len(rows))}


class TestInTestOnly:
    def test_as_folders(self, lay: Lay, image: Callable[[int], bytes]) -> None:
        root = lay(folders(image, {"train/a": 9, "train/b": 9, "test/a": 3, "test/b": 3, "test/moth": 4}))
        message = (
            r"got none for moth \(4 in test\); add some, or take the class out of the other splits, for no network"
        )
        with pytest.raises(DataError, match=message):
            load(DataOptions(path=str(root)))

    def test_as_a_table(self, lay: Lay, image: Callable[[int], bytes]) -> None:
        rows = ["a,train", "b,train"] * 8 + ["a,test", "b,test", "moth,test"] * 2
        message = refusal(inspect(DataOptions(path=str(lay(table(image, rows))))))
        assert message is not None
        assert message.startswith("every class must have training images, got none for moth (2 in test); add some")

    def test_one_that_is_only_spelled_otherwise(self, lay: Lay, image: Callable[[int], bytes]) -> None:
        root = lay(folders(image, {"train/ant": 9, "train/bee": 9, "test/bee": 3, "test/Ants": 3}))
        with pytest.raises(DataError, match=r"is 'Ants' the same as 'ant'\? then name it alike, else add"):
            load(DataOptions(path=str(root)))

    @pytest.mark.parametrize("label", ["moth", "kind_3", "12"])
    def test_another_one_is_not_taken_for_a_slip(self, lay: Lay, image: Callable[[int], bytes], label: str) -> None:
        root = lay(folders(image, {"train/kind_1": 9, "train/11": 9, "test/kind_1": 3, f"test/{label}": 3}))
        with pytest.raises(DataError, match=rf"got none for {label} \(3 in test\); add some, or take the class out"):
            load(DataOptions(path=str(root)))


class TestOneExample:
    def test_drawn_splits_train_it_and_say_so(self, lay: Lay, image: Callable[[int], bytes]) -> None:
        found = load(DataOptions(path=str(lay(folders(image, {"a": 20, "b": 20, "lone": 1}))))).findings
        assert found.counts["lone"] == {"train": 1, "val": 0, "test": 0}
        assert "No test image of lone: how well it is found will not be known." in " ".join(found.suggestions)
        assert "Too few different images for the test set: lone." in found.notes
        told = (
            "One training image only of lone: what is seen once can be remembered, not learned. Add some, or take the"
        )
        assert f"{told} class out." in found.suggestions

    def test_given_splits_too(self, lay: Lay, image: Callable[[int], bytes]) -> None:
        rows = ["a,train", "b,train"] * 8 + ["lone,train"] + ["a,test", "b,test"] * 2
        found = load(DataOptions(path=str(lay(table(image, rows))))).findings
        assert "No test image of lone" in " ".join(found.suggestions)

    def test_a_sound_set_has_nothing_of_it(self, lay: Lay, image: Callable[[int], bytes]) -> None:
        found = load(DataOptions(path=str(lay(folders(image, {"a": 20, "b": 20}))))).findings
        assert "No test image" not in " ".join(found.suggestions)
        assert "One training image" not in " ".join(found.suggestions)


class TestEmptyCells:
    @pytest.mark.parametrize("cell", ["", "   "])
    def test_some(self, lay: Lay, image: Callable[[int], bytes], cell: str) -> None:
        rows = ["a", "b", cell, "a", cell, "b"]
        with pytest.raises(
            DataError, match="'label' is empty in 2 of 6 rows, lines 4, 6; fill it in or take the lines"
        ):
            load(DataOptions(path=str(lay(table(image, rows)))))

    def test_all(self, lay: Lay, image: Callable[[int], bytes]) -> None:
        with pytest.raises(DataError, match="is empty in 8 of 8 rows, lines 2, 3, 4, 5, 6 and 3 more; fill it in"):
            load(DataOptions(path=str(lay(table(image, [""] * 8)))))

    def test_a_test_set_without_labels(self, lay: Lay, image: Callable[[int], bytes]) -> None:
        rows = ["a,train", "b,train"] * 3 + [",test"] * 3
        with pytest.raises(
            DataError, match="is empty in 3 of 9 rows, lines 8, 9, 10; fill it in or take the lines out"
        ):
            load(DataOptions(path=str(lay(table(image, rows)))))


@pytest.mark.parametrize(("rare", "unequal"), [(40, False), (8, True)])
def test_a_class_without_training_images_is_not_to_weigh_more(
    lay: Lay, image: Callable[[int], bytes], rare: int, unequal: bool
) -> None:
    """No weight helps it, and the classes that are trained may be as many as each other."""
    root = lay(folders(image, {"train/a": 40, "train/b": rare, "test/a": 9, "test/b": 3, "test/moth": 2}))
    told = " ".join(inspect(DataOptions(path=str(root))).findings.suggestions)
    assert "No training image of moth (2 in test)" in told
    assert ("The classes are unequal (49 of a, 11 of b)" in told) == unequal == ("balanced" in told)


def test_unequal_classes_have_a_remedy(lay: Lay, image: Callable[[int], bytes]) -> None:
    """And it names keys that are there."""
    found = inspect(DataOptions(path=str(lay(folders(image, {"a": 40, "rare": 8}))))).findings
    (line,) = [line for line in found.suggestions if "unequal" in line]
    assert "--set sampling=balanced" in line and "--set loss.class_weights=balanced" in line
    chosen = override(Recipe(), {"sampling": "balanced", "loss.class_weights": "balanced"})
    assert (chosen.sampling, chosen.loss.class_weights) == ("balanced", "balanced")
