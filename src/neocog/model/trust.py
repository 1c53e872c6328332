"""How far to trust a model, measured on images that it was not trained on, and kept in it.

`acquainted` learns what training images look like, so that others can be told; `calibrated` makes the probabilities
honest and chooses the threshold of a promise. Both look at training and validation images only, and both are functions
of the weights and these images: a run that was resumed gets the same bytes.

    model = acquainted(model, Labelled(images, targets), found)
    model = calibrated(model, trial(model, found, validation_targets), error=0.01)
    model.calibration["temperature"], model.threshold
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
import torch
from annotated_types import Gt, Lt
from numpy.typing import NDArray
from torch import nn

from neocog.core import draw
from neocog.data import Images, Preprocessing, Targets
from neocog.model.familiarity import Familiarity, fit_gauge
from neocog.model.half_width import COVERED, half_widths
from neocog.model.label_thresholds import fit_thresholds
from neocog.model.model import Model
from neocog.model.outputs import Seen, seen
from neocog.model.predict import label_chances, probabilities, strangeness
from neocog.model.temperature import fit_temperature
from neocog.model.threshold import least_error, needed, promise

MOST_IMAGES = 5000
"""How many training images a model is acquainted with, or `MOST_A_CLASS` of each class, whichever are more."""
MOST_A_CLASS = 20

_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class Trust:
    """How often the model may be wrong."""

    error: Annotated[float, Gt(0), Lt(1)] = 0.01
    """The share of its answers that may be wrong; below the threshold that keeps it, the answer is "not sure"."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """Prepared images (uint8 N C H W) and their targets, classes (N) or labels or numbers (N K)."""

    images: Images
    targets: Targets


@dataclass(frozen=True, eq=False)
class Trial:
    """What networks say to images that they were not trained on."""

    logits: NDArray[np.float32]
    """N K, the network's outputs."""
    targets: Targets
    """The true classes (N), labels (N K) or numbers in their own units (N K)."""
    strange: NDArray[np.bool_]
    """Which images get no answer, however sure it would be (N)."""


def acquainted(
    model: Model,
    training: Labelled,
    validation: Seen,
    module: nn.Module | None = None,
    device: str | torch.device = "cpu",
) -> Model:
    """The model with gauges of what is like its training images; some of each class are looked at.

    A model that reads no images comes back as it is.

    `validation` is what `seen` gives for the validation images, which set the limits.
    """
    if not isinstance(model.preprocessing, Preprocessing):
        return model
    classes = model.kinds
    kinds = training.targets if model.task == "class" else np.zeros(len(training.targets), np.int64)
    rows = _spread(np.asarray(kinds, np.int64), max(MOST_IMAGES, MOST_A_CLASS * classes))
    known, targets = seen(model, training.images, module, device=device, rows=rows), np.asarray(kinds[rows], np.int64)
    return replace(
        model,
        familiarity=Familiarity(
            code=fit_gauge(known.codes, targets, classes, validation.codes),
            picture=fit_gauge(known.pictures, targets, classes, validation.pictures),
        ),
    )


def trial(model: Model, found: Seen, targets: Targets) -> Trial:
    """What a model says to images that it was not trained on: `found` is what `seen` gives for them."""
    reasons = strangeness(model.familiarity, found) if model.familiarity else [""] * len(targets)
    return Trial(found.logits, targets, np.array([bool(reason) for reason in reasons]))


def calibrated(model: Model, tried: Trial, error: float, folds: int = 0) -> Model:
    """The model with what a trial says of how far to trust it.

    Of labels that is the threshold of each, of numbers how far they may be off, of classes a temperature and a
    threshold: where at most the share `error` of wrong answers cannot be promised, the threshold is 0. Masks have none
    of it. `folds` says how many networks the answers of the trial are from, where it is not the model alone.
    """
    if model.task == "classes":
        return replace(model, calibration=_of_labels(tried, folds))
    if model.task == "number":
        return replace(model, calibration=_of_numbers(model, tried, folds))
    if model.task == "mask":
        return model
    temperature = fit_temperature(tried.logits, tried.targets)
    rows = probabilities(tried.logits, temperature)
    confidence = np.where(tried.strange, -np.inf, rows.max(axis=1))
    right = rows.argmax(axis=1) == tried.targets
    kept = promise(confidence, right, error)
    figures: dict[str, Any] = {
        "temperature": temperature,
        "images": len(right),
        "folds": folds,
        "log_loss_before": _log_loss(probabilities(tried.logits), tried.targets),
        "log_loss": _log_loss(rows, tried.targets),
        "strange": int(tried.strange.sum()),
        "error": error,
        "answered": kept.answered if kept else 0,
        "wrong": kept.wrong if kept else 0,
        "bound": round(kept.bound, _DIGITS) if kept else None,
        "least_error": None if kept else least_error(confidence, right),
    }
    return replace(model, calibration=figures, threshold=kept.threshold if kept else 0.0)


def _of_labels(tried: Trial, folds: int) -> dict[str, Any]:
    """The thresholds of several labels, and what they gain."""
    chances = label_chances(tried.logits)
    thresholds = fit_thresholds(chances, tried.targets)
    return {
        "thresholds": list(thresholds),
        "images": len(chances),
        "folds": folds,
        "f1_before": round(_micro_f1(chances >= 0.5, tried.targets), _DIGITS),
        "f1": round(_micro_f1(chances >= thresholds, tried.targets), _DIGITS),
        "strange": int(tried.strange.sum()),
    }


def _of_numbers(model: Model, tried: Trial, folds: int) -> dict[str, Any]:
    """How far the numbers may be off."""
    assert model.scale is not None, "a model of numbers has a scale"
    widths = half_widths(model.scale.answers(tried.logits) - tried.targets)
    return {
        "half_width": list(widths),
        "covered": COVERED,
        "images": len(tried.targets),
        "folds": folds,
        "strange": int(tried.strange.sum()),
    }


def _micro_f1(claimed: NDArray[np.bool_], targets: Targets) -> float:
    held = targets > 0
    total = int(claimed.sum() + held.sum())
    return 2 * int((claimed & held).sum()) / total if total else 1.0


def told(calibration: Mapping[str, Any]) -> str:
    """What a calibration comes to, in a sentence or two."""
    if "thresholds" in calibration:
        low, high = min(calibration["thresholds"]), max(calibration["thresholds"])
        return (
            f"a label holds from a probability of its own on, {low:.2f} to {high:.2f}, tuned on "
            f"{calibration['images']:,} validation images: F1 there is {calibration['f1']:.3f}, "
            f"{calibration['f1_before']:.3f} at one half"
        )
    if "half_width" in calibration:
        widths = calibration["half_width"]
        if None in widths:
            return f"{calibration['images']:,} validation samples are too few to say how far an answer may be off"
        shown = ", ".join(f"{width:.3g}" for width in widths)
        return (
            f"nine of ten answers are off by at most {shown}, as {calibration['images']:,} validation samples show "
            "(split conformal)"
        )
    error, images, answered = calibration["error"], calibration["images"], calibration["answered"]
    if not answered:
        return "; ".join(unreachable(calibration))
    share = f"{answered:,} of {images:,} validation images ({_percent(answered / images)})"
    wrong = f"{calibration['wrong']:,} of these answers {'is' if calibration['wrong'] == 1 else 'are'} wrong"
    return f"to be wrong at most {_percent(error)} of the time, it answers {share} and is not sure of the rest; {wrong}"


def unreachable(calibration: Mapping[str, Any]) -> tuple[str, str]:
    """Why a wish cannot be promised, and what would mend it."""
    error, images, least = calibration["error"], calibration["images"], calibration["least_error"]
    few = images < needed(error)
    reason = (
        f"{images:,} validation images are too few: {needed(error):,} are needed even without a mistake"
        if few
        else "too many of its surest answers are wrong"
    )
    mends = []
    if least is not None:
        mends.append(f"about {_percent(least)} can (--set trust.error={least:g})")
    if few and not calibration["folds"]:
        mends.append("neocog evaluate with --set trust.folds=5 tries five more networks on the training images too")
    mends.append("more images would help" if few else "a better network or cleaner labels would help")
    return f"at most {_percent(error)} wrong cannot be promised, {reason}", ", ".join(mends)


def _spread(targets: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many places, drawn evenly from the classes, those of all classes in turn."""
    order = draw.permutation(len(targets), "acquainted")
    by_class = np.argsort(targets[order], kind="stable")
    _, first, sizes = np.unique(targets[order][by_class], return_index=True, return_counts=True)
    turn = np.empty(len(targets), np.int64)
    turn[by_class] = np.arange(len(targets)) - np.repeat(first, sizes)
    return np.asarray(order[np.argsort(turn, kind="stable")[:most]])


def _log_loss(rows: NDArray[np.float64], targets: NDArray[np.int64]) -> float:
    chances = np.maximum(rows[np.arange(len(targets)), targets], np.finfo(np.float64).tiny)
    return round(float(-np.log(chances).mean()), _DIGITS)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
