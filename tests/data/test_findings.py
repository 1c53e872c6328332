"""Findings: planted faults are counted, named and advised upon, and sound data are left in peace."""

import json

import numpy as np
import pytest

from neocog.data.duplicates import near_pairs
from neocog.data.findings import MOST, Findings, Pair, findings, with_alike
from neocog.data.load import inspect
from neocog.data.options import DataOptions
from neocog.data.scan import scan
from neocog.data.split import split

OPTIONS = DataOptions()


@pytest.fixture
def look(tmp_path, monkeypatch):
    """From a table to its findings."""
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))

    def found(table, options: DataOptions = OPTIONS) -> Findings:
        seen = scan(table)
        near = near_pairs(table, seen)
        return findings(table, seen, split(table, seen, options, near), options, near)

    return found


@pytest.fixture
def sound(scene, encoded):
    """240 different pictures of two classes."""
    return [encoded(scene(seed, 24, 24)) for seed in range(240)], ["ant", "bee"] * 120


def test_sound_data_have_few_words(look, tabled, sound):
    found = look(tabled(*sound))
    assert found.counts == {
        "ant": {"train": 84, "val": 18, "test": 18},
        "bee": {"train": 84, "val": 18, "test": 18},
    }
    assert (found.images, found.grey, found.imbalance) == (240, 0, 1.0)
    assert found.sizes.smallest == found.sizes.median == found.sizes.largest == (24, 24)
    assert found.sizes.distinct == 1
    faults = (found.unreadable, found.duplicates, found.leaks, found.conflicts, found.odd, found.unseen)
    assert faults == ((),) * 6
    assert found.suggestions == (
        "The test set has 36 images: its figures can be off by several points, as their intervals show.",
    )


def test_unreadable_images_are_listed_with_their_reason(look, tabled, sound):
    raw, labels = sound
    found = look(tabled([b"", raw[0][:100], *raw[2:]], labels))
    assert [(item.id, item.reason) for item in found.unreadable] == [
        ("00000.png", "empty file"),
        ("00001.png", "truncated"),
    ]
    assert found.suggestions[0] == "2 images are unreadable and left out: repair or delete them."
    strict = look(tabled([b"", *raw[1:]], labels), DataOptions(max_unreadable=0.001))
    assert strict.suggestions[0] == (
        "1 image is unreadable and left out: repair or delete them; more than 0% of the set, so training refuses."
    )


def test_copies_on_one_side_are_counted(look, tabled, sound, scene, encoded):
    raw, labels = sound
    again = encoded(scene(5, 24, 24), "JPEG", quality=90)
    found = look(tabled([*raw, raw[0], again], [*labels, "ant", "bee"]))
    assert {(pair.id, pair.other_id, pair.kind) for pair in found.duplicates} == {
        ("00000.png", "00240.png", "identical"),
        ("00005.png", "00241.png", "near"),
    }
    assert found.duplicate_count == 2
    assert "2 images are a copy of another one on the same side: they do no harm, but count twice." in found.suggestions
    assert found.leaks == ()


def test_leaks_between_given_sides_are_shown_as_pairs(look, tabled, sound, scene, encoded):
    raw, labels = sound
    moved = np.roll(scene(4, 24, 24), 1, axis=1)
    raw[200], raw[201] = raw[0], encoded(moved)
    labels[201] = labels[4]
    found = look(tabled(raw, labels, ["train"] * 120 + ["val"] * 40 + ["test"] * 80))
    assert {(pair.id, pair.side, pair.other_id, pair.other_side, pair.kind) for pair in found.leaks} == {
        ("00000.png", "train", "00200.png", "test", "identical"),
        ("00004.png", "train", "00201.png", "test", "near"),
    }
    assert found.suggestions[0].startswith("2 pairs of the same picture on two sides of the given split")


def test_one_picture_under_two_labels_is_a_conflict(look, tabled, sound, scene, encoded):
    raw, labels = sound
    found = look(tabled([*raw, raw[0], encoded(scene(2, 24, 24), "JPEG", quality=90)], [*labels, "bee", "bee"]))
    assert {(pair.label, pair.other_label, pair.kind) for pair in found.conflicts} == {
        ("ant", "bee", "identical"),
        ("ant", "bee", "near"),
    }
    assert found.suggestions[0] == (
        "2 pairs of the same picture under two labels: decide which is right, no network can learn both."
    )


def test_a_conflict_among_many_copies_is_found(look, tabled, sound):
    raw, labels = sound
    found = look(tabled([*raw, raw[0], raw[0], raw[0]], [*labels, "ant", "bee", "ant"]))
    assert found.conflict_count == 2
    assert found.duplicate_count == 3


def test_copies_on_one_side_of_a_picture_of_another_side_are_counted(look, tabled, sound):
    raw, labels = sound
    raw[200] = raw[201] = raw[0]
    labels[200] = labels[201] = labels[0]
    found = look(tabled(raw, labels, ["train"] * 120 + ["val"] * 40 + ["test"] * 80))
    assert [(pair.id, pair.other_id, pair.side) for pair in found.duplicates] == [("00200.png", "00201.png", "test")]
    assert found.leak_count == 2
    assert found.conflict_count == 0


def test_a_copy_on_its_side_hides_no_conflict_with_another(look, tabled, sound):
    raw, labels = sound
    raw[200] = raw[201] = raw[0]
    labels[0], labels[200], labels[201] = "ant", "bee", "bee"
    found = look(tabled(raw, labels, ["train"] * 120 + ["val"] * 40 + ["test"] * 80))
    assert [(pair.id, pair.other_id) for pair in found.conflicts] == [
        ("00000.png", "00200.png"),
        ("00000.png", "00201.png"),
    ]
    assert [(pair.id, pair.other_id) for pair in found.duplicates] == [("00200.png", "00201.png")]


def test_unequal_and_small_classes_are_named(look, tabled, sound):
    raw, _ = sound
    found = look(tabled(raw, ["usual"] * 220 + ["rare"] * 20))
    assert found.imbalance == 11.0
    assert "Fewer than 20 training images in rare: collect more before you trust the figures." in found.suggestions
    assert any("(220 of usual, 20 of rare)" in text for text in found.suggestions)


def test_a_class_that_is_only_tested_is_named(look, tabled, sound):
    raw, labels = sound
    splits = ["train"] * 120 + ["test"] * 120
    labels[-1] = "wasp"
    found = look(tabled(raw, labels, splits))
    assert found.unseen == ("wasp",)
    assert found.suggestions[0].startswith("No training image of wasp (1 in test): add some, or take the class out")


def test_one_class_only_is_said(look, tabled, sound):
    assert "There is one class only: training needs at least two." in look(tabled(sound[0])).suggestions


def test_images_of_odd_size_are_named(look, tabled, sound, scene, encoded):
    raw, labels = sound
    raw[3], raw[4], raw[5] = (encoded(scene(900, *side)) for side in ((24, 120), (5, 5), (130, 130)))
    found = look(tabled(raw, labels))
    assert found.odd == (
        "00003.png (120 x 24 pixels)",
        "00004.png (5 x 5 pixels)",
        "00005.png (130 x 130 pixels)",
    )
    assert found.sizes.smallest == (5, 5)
    assert found.sizes.largest == (130, 130)
    assert found.sizes.distinct == 4


def test_long_images_are_better_not_cropped(look, tabled, scene):
    table = tabled([scene(seed, 20, 60) for seed in range(10)])
    advice = "The images are far from square, and the center crop cuts much away: try --set data.resize=pad."
    assert advice in look(table).suggestions
    assert advice not in look(table, DataOptions(resize="pad")).suggestions


def test_long_lists_are_cut_beside_their_true_length(look, tabled, scene):
    found = look(tabled([b""] * (MOST + 50) + [scene(0)]))
    assert len(found.unreadable) == MOST
    assert found.unreadable_count == MOST + 50


def test_findings_are_a_json_document(look, tabled, sound):
    raw, labels = sound
    found = look(tabled([*raw, raw[0], b""], [*labels, "bee", "ant"]))
    document = json.loads(json.dumps(found.document()))
    assert document["counts"]["ant"]["test"] == found.counts["ant"]["test"]
    assert document["conflicts"][0]["other_label"] == "bee"


def test_nothing_readable_is_no_crash(look, tabled):
    found = look(tabled([b"", b"x"]))
    assert found.counts == {}
    assert found.sizes.distinct == 0
    assert found.unreadable_count == 2


def test_pairs_that_a_network_takes_for_alike() -> None:
    found = inspect(DataOptions(path="digits")).findings
    one, other = (Pair("a", "0", "train", "b", "0", side, "alike") for side in ("test", "train"))
    apart = with_alike(found, [one, other])
    assert (apart.alike, apart.alike_count) == ((one, other), 2)
    assert apart.suggestions[0].startswith(
        "2 pairs of images that a network can hardly tell apart, 1 of them on two si"
    )
    assert "apart, all of them on two sides of the split: look" in with_alike(found, [one]).suggestions[0]
    assert "1 pair of images that a network can hardly tell apart: look" in with_alike(found, [other]).suggestions[-1]
    none = with_alike(found, [])
    assert (none.alike, none.suggestions) == ((), found.suggestions)
    assert found.alike is None
