"""The images that say most: the most confident mistakes and the least sure answers, as thumbnails inside the page."""

import base64
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from neocog.core.errors import DataError
from neocog.evaluate.heard import Heard
from neocog.evaluate.report import Samples
from neocog.model import STRONG, Decisive

MOST = 12
"""Images of each kind."""

_SIDE = 224  # twice what the page shows, for dense screens
_HARD = 64  # up to this side an image is shown with hard pixels
_BYTES = 60_000  # of one thumbnail

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Word:
    """A word of a sentence."""

    text: str
    fall: float
    """By how much the log-odds of the answer fall without it; below 0 it speaks against the answer."""
    known: bool
    """Whether it is in the vocabulary."""

    @property
    def strength(self) -> float:
        """How strong its color is, from 0 to 1.

        >>> Word("dull", -1.0, known=True).strength
        0.5
        """
        return min(1.0, abs(self.fall) / STRONG)


def weighed(found: Decisive) -> tuple[Word, ...]:
    """The words of a sentence with what the answer rests on."""
    rows = zip(found.words, found.fall.tolist(), found.unknown.tolist(), strict=True)
    return tuple(Word(word, fall, not unknown) for word, fall, unknown in rows)


@dataclass(frozen=True)
class Picture:
    """One image of the test set with what it is, what it was taken for, and how sure the answer was.

    `image` is a data URI, empty where there is none or it can no longer be read; `hard` asks for hard pixels.
    """

    file: str
    label: str
    answer: str
    probability: float
    runner_up: str
    runner_up_probability: float
    right: bool
    image: str
    hard: bool
    text: str = ""
    """What a sample says that is no picture."""
    words: tuple[Word, ...] = ()
    """The words of a sentence, with what the answer rests on."""
    clip: str = ""
    """A sound as a data URI."""
    nearest: str = ""
    """The label and file of the training image that the network takes for most alike."""


@dataclass(frozen=True)
class Pictures:
    """The images that the page shows."""

    mistakes: tuple[Picture, ...] = ()
    """The wrong answers with the highest confidence."""
    unsure: tuple[Picture, ...] = ()
    """The answers with the lowest confidence, right or wrong, that are not among the mistakes shown."""


def choose(samples: Samples, most: int = MOST) -> tuple[list[int], list[int]]:
    """The samples to show: the most confident mistakes, then the least sure of the others."""
    confidence, wrong = samples.confidence, samples.wrong
    order = np.argsort(-confidence, kind="stable")
    mistakes = [int(index) for index in order if wrong[index]][:most]
    unsure = [int(index) for index in order[::-1][: 2 * most] if int(index) not in set(mistakes)][:most]
    return mistakes, unsure


def pictures(
    samples: Samples,
    classes: tuple[str, ...],
    read: Callable[[int], Pixels | Heard | str | tuple[Word, ...]],
    nearest: Mapping[int, str] | None = None,
) -> Pictures:
    """Choose the samples and make their thumbnails; `read` gives the pixels of one (uint8 H W C), a sound, words, or
    says what it is.

    `nearest` says of some samples what training image is most alike.
    """

    def picture(index: int) -> Picture:
        row = samples.probabilities[index]
        first, second = np.argsort(-row, kind="stable")[:2]
        image, hard, text, clip = "", False, "", ""
        words: tuple[Word, ...] = ()
        try:
            shown = read(index)
        except (DataError, OSError):  # gone since it was judged: the figures stand, the picture is missing
            shown = ""
        if isinstance(shown, str):
            text = shown
        elif isinstance(shown, tuple):
            words = shown
        elif isinstance(shown, Heard):
            (image, hard), clip = thumbnail(shown.picture, "png"), shown.clip
        else:
            image, hard = thumbnail(shown)
        return Picture(
            file=samples.files[index],
            label=classes[samples.targets[index]],
            answer=classes[first],
            probability=float(row[first]),
            runner_up=classes[second],
            runner_up_probability=float(row[second]),
            right=bool(first == samples.targets[index]),
            image=image,
            hard=hard,
            text=text,
            words=words,
            clip=clip,
            nearest=(nearest or {}).get(index, ""),
        )

    mistakes, unsure = choose(samples)
    return Pictures(tuple(map(picture, mistakes)), tuple(map(picture, unsure)))


def thumbnail(pixels: Pixels, form: Literal["jpeg", "png"] = "jpeg", across: int = 1) -> tuple[str, bool]:
    """An image (uint8 H W C, C 1 or 3) as a small data URI, and whether to show it with hard pixels.

    So many pictures lie `across` it, side by side.

    >>> uri, hard = thumbnail(np.zeros((8, 8, 1), np.uint8))
    >>> uri[:22], hard
    ('data:image/png;base64,', True)
    """
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    hard = max(image.width // across, image.height) <= _HARD
    if form == "png" or hard:
        return _encoded(image, "png"), hard
    image.thumbnail((across * _SIDE, _SIDE), Image.Resampling.LANCZOS)
    for quality in (85, 60, 30):
        text = _encoded(image, "jpeg", quality=quality)
        if len(text) <= _BYTES:
            break
    return text, False


def _encoded(image: Image.Image, form: str, quality: int = 85) -> str:
    file = io.BytesIO()
    image.save(file, format=form, optimize=True, quality=quality)
    return f"data:image/{form};base64,{base64.b64encode(file.getvalue()).decode()}"
