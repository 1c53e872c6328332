"""Figures: what their titles claim, and that each drawing is sound and follows the page's colors."""

import csv
import functools
import io
import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np
import pytest
from PIL import Image

from neocog.core.tokens import CLASSES, DARK, LIGHT, class_color, class_stroke
from neocog.evaluate import measure
from neocog.evaluate.figures import (
    Figure,
    accuracy_figure,
    belief,
    loss_figure,
    matrix_figure,
    matrix_title,
    reliability_figure,
    roc_figure,
    verdict_figure,
)
from neocog.evaluate.figures.matrix import MOST_CLASSES

EPOCHS = [
    {"epoch": place, "train_loss": 2 / place, "val_loss": 1 / place, "val_accuracy": 1 - 0.5 / place, "best": True}
    for place in range(1, 6)
]


@functools.cache
def _all(made: Any, names: tuple[str, ...]) -> list[Figure]:
    targets, probabilities = made.answers(classes=len(names))
    measures = measure(targets, probabilities, names)
    drawn = [
        verdict_figure(measures),
        matrix_figure(measures),
        reliability_figure(measures),
        roc_figure(measures, targets, probabilities),
        loss_figure(EPOCHS),
        accuracy_figure(EPOCHS, 90),
    ]
    return [figure for figure in drawn if figure is not None]


def _rows(figure: Figure) -> list[list[str]]:
    return list(csv.reader(io.StringIO(figure.table)))


def test_every_figure_is_a_sound_drawing_in_three_forms(made: Any) -> None:
    figures = _all(made, made.hostile)
    assert len(figures) == 6
    for figure in figures:
        ElementTree.fromstring(figure.svg)
        Image.open(io.BytesIO(figure.png)).verify()
        widths = {len(row) for row in _rows(figure)}
        assert len(widths) == 1, "every line of the table has the same columns"
        assert figure.title
        assert figure.caption.endswith(".")
        assert figure.title in figure.alt or figure.name == "verdict"


def test_the_inline_drawing_takes_its_colors_and_font_from_the_page(made: Any) -> None:
    for figure in _all(made, tuple("abcdef")):
        ElementTree.fromstring(figure.inline.replace("xlink:href", "href"))
        assert "<style" not in figure.inline, "its rules would reach the whole page"
        assert "DejaVu" not in figure.inline + figure.svg
        assert "system-ui" in figure.inline
        allowed = {*CLASSES, *LIGHT.values()}
        fixed = set(re.findall(r"#[0-9a-f]{6}\b", figure.inline))
        assert fixed <= allowed - set(LIGHT.values()), f"{figure.name} has colors of its own: {fixed}"
        assert set(re.findall(r"var\(--(\w+)\)", figure.inline)) <= set(LIGHT)
        assert "var(" not in figure.svg, "a kept file stands alone"


def test_the_drawings_share_no_identifier(made: Any) -> None:
    found = [name for figure in _all(made, tuple("abcdef")) for name in re.findall(r'\bid="([^"]+)"', figure.inline)]
    assert len(found) == len(set(found))


def test_drawing_twice_gives_the_same_bytes(made: Any) -> None:
    assert _all(made, tuple("abcdef")) == _all.__wrapped__(made, tuple("abcdef"))


def test_the_matrix_title_tells_the_most_frequent_mistake() -> None:
    wrong = np.array([[0.1, 0.9], [0.1, 0.9], [0.1, 0.9]])
    assert matrix_title(measure([0, 0, 1], wrong, ["x", "y"])) == "2 of 2 mistakes: x taken for y"
    assert matrix_title(measure([1, 1, 1], wrong, ["x", "y"])).startswith("No mistake")
    assert matrix_title(measure([0, 1, 1], wrong, ["x", "y"])) == "1 mistake, no two of the same kind"


def test_the_matrix_is_drawn_up_to_a_readable_number_of_classes(made: Any) -> None:
    for classes in (MOST_CLASSES, MOST_CLASSES + 1):
        targets, probabilities = made.answers(classes=classes)
        figure = matrix_figure(measure(targets, probabilities, tuple(map(str, range(classes)))))
        assert (figure is None) == (classes > MOST_CLASSES)


@pytest.mark.parametrize(
    ("confidence", "right", "words"),
    [(0.99, 50, "too sure of itself"), (0.55, 100, "better than it says"), (0.9, 90, "can be believed")],
)
def test_belief_is_said_in_words(confidence: float, right: int, words: str) -> None:
    targets = np.array([0] * right + [1] * (100 - right))
    assert words in belief(measure(targets, [[confidence, 1 - confidence]] * 100, ["a", "b"]))


def test_a_roc_table_begins_and_ends_where_a_curve_must(made: Any) -> None:
    targets, probabilities = made.answers(sharpness=1.0)
    figure = roc_figure(measure(targets, probabilities, tuple("abcdef")), targets, probabilities)
    assert figure is not None
    rows = [row for row in _rows(figure)[1:] if row[0] == "a"]
    heights = [float(row[3]) for row in rows]
    assert heights == sorted(heights)
    assert (float(rows[-1][2]), heights[-1]) == (1.0, 1.0)


def test_no_roc_where_one_class_only_occurs() -> None:
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2]])
    assert roc_figure(measure([0, 0], probabilities, ["a", "b"]), np.array([0, 0]), probabilities) is None


def test_curves_tell_overfitting_and_the_kept_epoch() -> None:
    for last, heart in ((0.751, True), (0.749, False)):
        losses = (1, 0.5, 0.6, 0.9, last)
        rising = [dict(each, val_loss=loss, best=False) for each, loss in zip(EPOCHS, losses, strict=True)]
        figure = loss_figure(rising)
        assert figure is not None
        assert ("lowest at epoch 2 and rose after it: it began to learn by heart" in figure.title) == heart
        assert ("fell to 0.500, lowest at epoch 2 of 5" in figure.title) != heart
    fallen = loss_figure(EPOCHS)
    assert fallen is not None
    assert "fell to 0.200, lowest at epoch 5 of 5" in fallen.title
    kept = accuracy_figure(EPOCHS, 90)
    assert kept is not None
    assert kept.title == "Epoch 5 of 5 was kept: 90.0 % right on validation"
    assert loss_figure([]) is None
    assert accuracy_figure([], 90) is None


def test_one_epoch_and_one_sample_can_be_drawn() -> None:
    assert loss_figure(EPOCHS[:1]) is not None
    single = measure([1], [[0.3, 0.7]], ["a", "b"])
    assert verdict_figure(single).title == "100 % right, not clearly above a constant answer"
    assert "0.300" in reliability_figure(single).caption


def test_classes_that_share_a_color_differ_in_stroke() -> None:
    pairs = {(class_color(label), class_stroke(label)) for label in range(32)}
    assert len(pairs) == 32
    assert set(LIGHT) == set(DARK)


@pytest.mark.parametrize("colors", [LIGHT, DARK])
@pytest.mark.parametrize(
    ("ink", "under"),
    [
        *((ink, "card") for ink in ("text", "quiet", "accent", "good", "warn", "bad")),
        ("text", "ground"),
        ("quiet", "ground"),
    ],
)
def test_text_has_contrast(colors: dict[str, str], ink: str, under: str) -> None:
    """WCAG 2's ratio, by its formula."""

    def light(color: str) -> float:
        parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    one, other = sorted([light(colors[ink]), light(colors[under])])
    assert (other + 0.05) / (one + 0.05) >= 4.5
