"""What the report says of masks: how much of each class is found where it is, and the images that are worst answered.

The worst images are shown as three pictures side by side: the image, the truth, the answer. The classes have their
colors (Okabe and Ito) over the image in gray, so that an outline can be judged; what is ignored stays gray.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neocog.data import IGNORED, Mask, prepare, prepared_masks
from neocog.evaluate.confusion import largest_confusions
from neocog.evaluate.facts import Fact
from neocog.evaluate.kind_report import Reader, Sheet, Told, on_few, on_size, on_training, worst_samples
from neocog.evaluate.masks import MaskMeasures, measure_masks
from neocog.evaluate.report import Training
from neocog.evaluate.subject import Subject
from neocog.evaluate.words import clean, count, percent
from neocog.model import CLASS_COLORS, Model

_AT_ONCE = 64
_STRENGTH = 0.6
_GAP = 4
_PANELS = 3
_RARE = 0.6


def told_masks(model: Model, subject: Subject, outputs: NDArray[Any], read: Reader, training: Training | None) -> Told:
    """The verdict on the masks of some images, from the class answered in each pixel (uint8 N H W)."""
    data, preprocessing = subject.data, model.pictured
    assert data.masks is not None, "the targets are masks"
    answers = np.asarray(outputs, np.uint8)
    truth = prepared_masks(data.table, data.masks, subject.rows, preprocessing, cache_gb=data.options.cache_gb)
    names = model.classes
    starts = range(0, len(answers), _AT_ONCE)
    parts = [confusions(truth[s : s + _AT_ONCE], answers[s : s + _AT_ONCE], len(names)) for s in starts]
    matrices = np.concatenate(parts)
    found = measure_masks(matrices, names)
    order = np.argsort(found.by_image, kind="stable").tolist()

    def lines(place: int) -> tuple[tuple[str, str], ...]:
        return (("IoU", f"{found.by_image[place]:.3f}"), ("mostly", _mostly(matrices[place], names)))

    def beside(place: int) -> NDArray[np.uint8] | str:
        pixels = read(place)
        if isinstance(pixels, str):
            return pixels
        image = prepare(pixels, preprocessing).transpose(1, 2, 0)
        return side_by_side(image, truth[np.array([place])][0], answers[place])

    ends, value = found.mean_iou_interval, f"{found.mean_iou:.3f}"
    seen = " it had never seen" if subject.unseen else ""
    return Told(
        measures=found,
        n=found.images,
        value=value,
        sentences=(
            f"On {count(found.images, 'image')}{seen}, the mean intersection over union of its classes is {value} "
            f"(95 % interval {ends.low:.3f} to {ends.high:.3f}).",
            f"Calling every pixel “{clean(_commonest(found))}” would reach {found.baseline:.3f}.",
        ),
        facts=tuple(_facts(found)),
        figures=(),
        sheets=tuple(_sheets(found)),
        worst=worst_samples(order, subject.files, lines, beside, across=_PANELS),
        across=_PANELS,
        worst_lead="The images with the lowest mean IoU, the lowest first: image, truth, answer. "
        + ", ".join(f"{clean(name)} is {word}" for name, (word, _) in zip(names, CLASS_COLORS, strict=False))
        + ".",
        advice=tuple(_advice(found, subject, model, training)),
        columns=("split", "mean IoU", "pixel accuracy", *names),
        rows=tuple(
            (
                side,
                f"{found.by_image[place]:.4f}",
                f"{matrices[place].trace() / max(1, matrices[place].sum()):.4f}",
                *(
                    f"{share:.4f}"
                    for share in np.bincount(answers[place].ravel(), minlength=len(names)) / answers[0].size
                ),
            )
            for place, side in enumerate(subject.sides)
        ),
    )


def confusions(truth: Mask, answers: Mask, classes: int) -> NDArray[np.int64]:
    """A confusion matrix an image [n, K, K] (row = true class) of masks (uint8 n H W); ignored pixels count nowhere.

    >>> confusions(np.array([[[1, 255]]], np.uint8), np.array([[[0, 0]]], np.uint8), 2).tolist()
    [[[0, 0], [1, 0]]]
    """
    found = [
        np.bincount(one[one != IGNORED].astype(np.int64) * classes + other[one != IGNORED], minlength=classes**2)
        for one, other in zip(truth, answers, strict=True)
    ]
    return np.array(found, np.int64).reshape(-1, classes, classes)


def side_by_side(image: NDArray[np.uint8], truth: Mask, answer: Mask) -> NDArray[np.uint8]:
    """The image (H W C), and the truth and the answer (H W) over it in gray: uint8 H 3W 3, with a gap between."""
    color = np.broadcast_to(image, (*image.shape[:2], 3))
    gap = np.full((len(image), _GAP, 3), 255, np.uint8)
    return np.concatenate([color, gap, overlay(color, truth), gap, overlay(color, answer)], axis=1)


def overlay(image: NDArray[np.uint8], mask: Mask) -> NDArray[np.uint8]:
    """Classes in their colors over the image in gray (uint8 H W 3); what is ignored stays gray."""
    gray = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2)
    palette = np.array([rgb for _, rgb in CLASS_COLORS], np.float64)
    colored = palette[mask % len(palette)] * _STRENGTH + gray * (1 - _STRENGTH)
    return np.where((mask == IGNORED)[:, :, None], gray, colored).astype(np.uint8)


def _mostly(matrix: NDArray[np.int64], names: tuple[str, ...]) -> str:
    """The largest mistake in an image."""
    wrong = largest_confusions(matrix, 1)
    if not wrong:
        return "right"
    return f"{clean(names[wrong[0].true])} taken for {clean(names[wrong[0].answer])}"


def _commonest(found: MaskMeasures) -> str:
    return max(found.per_class, key=lambda each: each.pixels).name


def _facts(found: MaskMeasures) -> Iterator[Fact]:
    ends = found.mean_iou_interval
    yield Fact("mean IoU", f"{found.mean_iou:.3f}", "", f"{ends.low:.3f} to {ends.high:.3f}")
    figure, _, unit = percent(found.pixel_accuracy).partition(" ")
    ends = found.pixel_accuracy_interval
    yield Fact("pixels right", figure, unit, f"{100 * ends.low:.1f} to {100 * ends.high:.1f}")


def _sheets(found: MaskMeasures) -> Iterator[Sheet]:
    ranked = sorted(found.per_class, key=lambda each: 2.0 if each.iou is None else each.iou)
    total = max(1, sum(each.pixels for each in ranked))
    yield Sheet(
        name="classes",
        title=f"Hardest to find: {clean(ranked[0].name)}",
        lead="Each class, the least well found first: pixels right by those that are or were taken for it, with the "
        "95 % interval over images.",
        head=("class", "IoU", "95 % interval", "share of the pixels", "share of the answers"),
        rows=tuple(
            (
                each.name,
                "" if each.iou is None else f"{each.iou:.3f}",
                "" if each.interval is None else f"{each.interval.low:.3f} to {each.interval.high:.3f}",
                percent(each.pixels / total),
                percent(each.answered / total),
            )
            for each in ranked
        ),
    )
    confused = largest_confusions(found.confusion, 12)
    if confused:
        first = confused[0]
        names = found.classes
        yield Sheet(
            name="confusions",
            title=f"Most often, {clean(names[first.true])} is taken for {clean(names[first.answer])}",
            lead="What pixels of a class are taken for, the most frequent mistake first.",
            head=("class", "taken for", "pixels", "of the class"),
            rows=tuple(
                (names[each.true], clean(names[each.answer]), f"{each.count:,}", percent(each.count / max(1, each.of)))
                for each in confused
            ),
        )


def _advice(found: MaskMeasures, subject: Subject, model: Model, training: Training | None) -> Iterator[str]:
    if found.mean_iou_interval.low <= found.baseline:
        yield "It is not clearly better than one class everywhere: do not use it yet."
        return
    weak = [each for each in found.per_class if each.iou is not None and each.iou < _RARE * found.mean_iou]
    for each in weak[:2]:
        yield f"{clean(each.name)} is found far less well than the rest: add images that show it."
    median = subject.data.findings.sizes.median
    yield from on_size(min(model.pictured.size), (median[0], median[1]))
    yield from on_training(training)
    yield from on_few(found.images, "image")
