"""Which of the given split names is train, which validation, which test."""

import pytest

from neocog.core.errors import DataError
from neocog.data.given import given_splits


@pytest.mark.parametrize(
    "names", [("train", "val", "test"), ("Training", "validation", "TEST"), ("train", "dev", "testing")]
)
def test_three_are_kept(names: tuple[str, str, str]) -> None:
    found = given_splits(names, "x")
    assert [found.roles[name] for name in names] == ["train", "val", "test"]
    assert not found.notes


@pytest.mark.parametrize("other", ["val", "valid", "holdout", "2024", "evaluation"])
def test_of_two_the_other_one_is_the_sealed_test_set_whatever_its_name(other: str) -> None:
    found = given_splits(["train", other, other], "the folder x")
    assert found.roles == {"train": "train", other: "test"}
    assert f"{other} is taken as the sealed test set" in found.notes[0]


def test_train_and_test_need_no_note() -> None:
    assert not given_splits(["train", "test"], "x").notes


def test_train_alone_is_no_split() -> None:
    found = given_splits(["train"], "x")
    assert found.roles == {"train": ""}
    assert found.notes == ("x gives train alone: taken as no split at all.",)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["val", "test"], "x must give one split named train, it gives test, val; name the training split train"),
        (["train", "training"], "x must give one split named train, it gives train, training; name"),
        (["train", "val", "tset"], r"x gives the unknown split 'tset' \(of train, tset, val\); did you mean 'test'\?"),
        (
            ["train", "val", "dev"],
            "x must give one each of train, val and test, it gives dev, train, val; join or rename",
        ),
        (
            ["train", "val", "test", "dev"],
            "x must give one each of train, val and test, it gives dev, test, train, val",
        ),
    ],
)
def test_what_is_wrong_is_said(names: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        given_splits(names, "x")
