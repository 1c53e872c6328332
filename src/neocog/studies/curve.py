"""The learning curve: accuracy against the number of training images, and what twice as many would bring.

The network learns from parts of the training images (an eighth, a quarter, a half, all), several times from each size,
each time from other ones, and always for as many steps as from all of them, up to `MOST_EPOCHS`. All are judged on the
same validation images; the sealed test set takes no part.

Errors of learners mostly fall as a power of the number of images, down to a floor (Hestness et al., "Deep learning
scaling is predictable, empirically", 2017). Such a curve is fitted and led on to twice the images. Its uncertainty
comes from draws of both things that chance decides: which images validate, and how a training happens to go. Where the
points lie on no such curve, fall too little to be told from none, or rest on too few mistakes, nothing is promised.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neocog.build import choose_device
from neocog.core import draw
from neocog.core.run import MODEL
from neocog.data import Progress, load, prepared
from neocog.model import load as load_model
from neocog.model import logits
from neocog.studies.parts import Part
from neocog.train import Recipe

SHARES = (0.125, 0.25, 0.5, 1.0)
MOST_EPOCHS = 60
"""The most epochs that a part of the images is trained for; the same as `auto` has."""
DRAWS = 2000
FEWEST_MISTAKES = 5
"""With fewer on average at the full size the next error is a matter of chance."""

FLOORS = tuple(step / 20 for step in range(20))
"""Which shares of the lowest error are tried as the floor of the power law."""

_TAILS = (2.5, 97.5)

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Point:
    """A size of the training set, and the accuracies on validation that came of it."""

    images: int
    accuracies: tuple[float, ...]
    """One a repeat."""
    low: float
    """The lower end of the 95 % interval of their mean."""
    high: float

    @property
    def accuracy(self) -> float:
        """The mean."""
        return float(np.mean(self.accuracies))


@dataclass(frozen=True)
class Twice:
    """What the fitted power law says of twice the images; a triple is a value and the ends of its 95 % interval."""

    images: int
    accuracy: tuple[float, float, float]
    gain: tuple[float, float, float]
    """Over the line at the present size."""
    power: tuple[float, float, float]
    """The error falls as the number of images to minus this."""


@dataclass(frozen=True)
class LearningCurve:
    """The curve, with what it allows to say."""

    points: tuple[Point, ...]
    """From the smallest size to the largest."""
    validation: int
    """How many images all were judged on."""
    twice: Twice | None
    """None where the fit does not allow it."""
    reason: str
    """Why not; "" where it does."""

    @property
    def sentence(self) -> str:
        """The finding."""
        last = self.points[-1]
        if self.twice is None:
            return f"What twice the images would bring cannot be said: {self.reason}."
        middle, low, high = (100 * value for value in self.twice.gain)
        return (
            f"Twice the images ({self.twice.images:,} in place of {last.images:,}) would bring about {middle:.1f} "
            f"points (95 % interval {low:.1f} to {high:.1f})."
        )


def curve_parts(recipe: Recipe, repeats: int) -> tuple[Part, ...]:
    """The trainings of a curve, by a study's `base` recipe: `repeats` for each of `SHARES`."""
    assert isinstance(recipe.epochs, int), "a study's recipe is resolved"
    parts = []
    for share in SHARES:
        epochs = max(recipe.epochs, min(round(recipe.epochs / share), MOST_EPOCHS))
        for repeat in range(repeats):
            data = replace(recipe.data, share=share, share_seed=recipe.data.share_seed + repeat)
            told = replace(recipe, data=data, epochs=epochs, seed=recipe.seed + repeat)
            parts.append(Part(name=f"share-{round(1000 * share):04}-{repeat + 1}", recipe=told))
    return tuple(parts)


def learning_curve(parts: Sequence[Part], out: Path, progress: Progress | None = None) -> LearningCurve:
    """The curve of the trained parts below `out`."""
    sizes, wrong = [], []
    for part in parts:
        data = load(part.recipe.data, progress)
        model = load_model(out / part.name / MODEL)
        rows = data.rows("val")
        images = prepared(
            data.table, data.scan, rows, model.preprocessing, cache_gb=data.options.cache_gb, progress=progress
        )
        device = choose_device(part.recipe.compute.device)
        values = logits(model.module().to(device), images, model.preprocessing, device=device)
        sizes.append(len(data.rows("train")))
        wrong.append(values.argmax(axis=1) != data.targets(rows))
    repeats = len(parts) // len(SHARES)
    shaped = np.array(wrong).reshape(len(SHARES), repeats, -1)
    return drawn_curve(tuple(sizes[::repeats]), shaped)


def drawn_curve(sizes: Sequence[int], wrong: NDArray[np.bool_], seed: int = 0) -> LearningCurve:
    """The curve of mistakes (S sizes, R repeats, n validation images) after training on so many images each.

    R is at least 2. Draws are a function of `seed`.
    """
    count = wrong.shape[2]
    errors = _drawn_errors(wrong, seed)  # draws, sizes; the first is what was measured
    bounds = np.percentile(1 - np.exp(errors[1:]), _TAILS, axis=0)
    points = tuple(
        Point(size, tuple((1 - wrong[place].mean(axis=1)).tolist()), float(bounds[0, place]), float(bounds[1, place]))
        for place, size in enumerate(sizes)
    )
    places = np.log(np.array(sizes, dtype=np.float64))
    mistakes = float(wrong[-1].sum(axis=1).mean())
    fits = power_laws(places, errors)
    low, high = np.percentile(fits.power[1:], _TAILS).tolist()
    reason = ""
    if mistakes < FEWEST_MISTAKES:
        made = f"{mistakes:.1f} mistakes" if mistakes else "no mistake"
        reason = f"with all images it makes {made} in {count:,}, too few to go by"
    elif np.percentile(errors[1:, 0] - errors[1:, -1], _TAILS[0]) <= 0:
        reason = "the accuracy does not clearly rise with the number of images"
    elif low <= 0 or _misfits(places, errors, fits):
        reason = "the points do not lie on a power law"
    if reason:
        return LearningCurve(points, count, None, reason)
    now, later = fits.at(places[-1]), fits.at(places[-1] + np.log(2))
    twice = Twice(
        images=2 * sizes[-1],
        accuracy=_triple(1 - later),
        gain=_triple(now - later),
        power=(float(fits.power[0]), low, high),
    )
    return LearningCurve(points, count, twice, "")


def _drawn_errors(wrong: NDArray[np.bool_], seed: int) -> Numbers:
    """Logarithms of the mean error at each size: as measured, then `DRAWS` times with other images and other luck.

    Half a mistake is added to each, so that none is the logarithm of 0. The luck of a training is its deviation from
    the others of its size, pooled over the sizes, by Student's distribution.
    """
    sizes, repeats, count = wrong.shape
    random = np.random.default_rng(draw.integer(seed, "learning curve"))
    weights = np.concatenate([np.ones((1, count)), random.multinomial(count, np.full(count, 1 / count), DRAWS)])
    missed = (weights @ wrong.reshape(-1, count).T.astype(np.float64)).reshape(-1, sizes, repeats)
    logarithms = np.log((missed + 0.5) / (count + 1))
    means = np.log((missed.mean(axis=2) + 0.5) / (count + 1))
    free = sizes * (repeats - 1)
    luck = np.sqrt(((logarithms[0] - logarithms[0].mean(axis=1, keepdims=True)) ** 2).sum() / free / repeats)
    means[1:] += luck * random.standard_t(free, (DRAWS, sizes))
    return np.asarray(means)


@dataclass(frozen=True)
class PowerLaws:
    """Errors scale * images^-power + floor, one for each row of errors."""

    scale: Numbers
    power: Numbers
    floor: Numbers
    misfit: Numbers
    """The mean squared distance to the points, in logarithms of the error."""

    def at(self, place: float) -> Numbers:
        """The errors at a number of images, given as its logarithm."""
        return np.asarray(self.scale * np.exp(-self.power * place) + self.floor)


def power_laws(places: Numbers, errors: Numbers) -> PowerLaws:
    """The best power laws through points: `places` (S) logarithms of sizes, `errors` (draws, S) of errors.

    The floor, which more images do not pass, is tried from 0 to nearly the lowest error; less it, a power law is a
    straight line, fitted by least squares. A point counts by how well its logarithm is known: by the mistakes behind
    it, and by how much is left of it above the floor.
    """
    shares = np.exp(errors)
    best = np.full((4, len(errors)), np.inf)
    for part in FLOORS:
        floor = part * shares.min(axis=1, keepdims=True)
        above = shares - floor
        weights = above**2 / shares
        weights = weights / weights.sum(axis=1, keepdims=True)
        middle = (weights * places).sum(axis=1, keepdims=True)
        centered = places - middle
        lines = np.log(above)
        slope = (weights * centered * lines).sum(axis=1) / (weights * centered**2).sum(axis=1)
        height = (weights * lines).sum(axis=1) - slope * middle[:, 0]
        drawn = np.exp(height[:, None] + slope[:, None] * places) + floor
        misfit = (shares * (np.log(drawn) - errors) ** 2).sum(axis=1) / shares.sum(axis=1)
        tried = np.stack([misfit, np.exp(height), -slope, floor[:, 0]])
        best = np.where(misfit < best[0], tried, best)
    misfit, scale, power, floor = best
    return PowerLaws(scale, power, floor, misfit)


def _misfits(places: Numbers, errors: Numbers, fits: PowerLaws) -> bool:
    """Whether the points lie further from their curve than points drawn about it do."""
    drawn = np.log([fits.at(place)[0] for place in places]) + errors[1:] - errors[0]
    return bool(fits.misfit[0] > np.percentile(power_laws(places, drawn).misfit, _TAILS[1]))


def _triple(values: Numbers) -> tuple[float, float, float]:
    """What was measured, and the ends of the interval over the draws."""
    low, high = np.percentile(values[1:], _TAILS)
    return float(values[0]), float(low), float(high)
