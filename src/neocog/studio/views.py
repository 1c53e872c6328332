"""What the network sees of an image: after preprocessing, and in each epoch after augmentation.

Drawn by the functions that train, with the run's own recipe and seed, so what is shown of a finished run is what it
learned from; for data without a run, what a training with every default would draw.
"""

import base64
import io
from dataclasses import fields

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from neocog.core.errors import DataError, ImageError
from neocog.core.run import MODEL
from neocog.data import Augment, Pixels, Preprocessing, normalize, of_pictures, refusal
from neocog.data.augment import NONE
from neocog.data.grid import grid
from neocog.data.views import View, views
from neocog.model import load
from neocog.studio.dataset import Wanted
from neocog.studio.pictures import png
from neocog.studio.runs import Answer, recipe
from neocog.studio.shelf import Held
from neocog.studio.stamps import Stamped
from neocog.train import Recipe
from neocog.train.resolve import resolve

EPOCHS = 4
"""The epochs that are shown at once."""
MOST = 24
"""The most images that are shown at once."""


class EpochPicture(Answer):
    """An image in an epoch of training."""

    picture: str
    """PNG, as a data address."""
    told: list[str]
    """What was drawn for it, in words."""


class ImageViews(Answer):
    """An image as the network sees it."""

    row: int
    validation: str
    """PNG, as a data address: what validation and test see."""
    low: float | None
    high: float | None
    """The least and the greatest number that reaches the network; None where that is not known yet."""
    epochs: list[EpochPicture]


class NetworkViews(Answer):
    """Some images as the network sees them."""

    height: int
    width: int
    channels: int
    seed: int
    first: int
    """The first epoch that is shown, counted from 1."""
    total: int | None
    """The epochs of the run; None where none was begun."""
    trains: list[bool]
    """Of each image, whether training draws it; the others are only ever seen as in validation."""
    varied: list[str]
    """What is varied, by the names and limits of the recipe."""
    normalization: str
    """How pixels become the network's numbers, in a sentence."""
    blends: bool
    """Whether training blends pairs of images besides."""
    images: list[ImageViews]


_MODELS: Stamped[Preprocessing] = Stamped(most=4)


def network_views(held: Held, wanted: Wanted, rows: NDArray[np.int64], epoch: int) -> NetworkViews:
    """Some rows as the network sees them, from an epoch on, counted from 1."""
    chosen, preprocessing, fitted = _chosen(held, wanted)
    found = _views(held, preprocessing, chosen, rows, epoch)
    training = set(held.dataset.rows("train").tolist())
    height, width = preprocessing.size
    return NetworkViews(
        height=height,
        width=width,
        channels=preprocessing.channels,
        seed=chosen.seed,
        first=epoch,
        total=chosen.epochs if isinstance(chosen.epochs, int) and wanted.run is not None else None,
        trains=[row in training for row in rows.tolist()],
        varied=varied(chosen.augment),
        normalization=_normalization(preprocessing, chosen, fitted),
        blends=bool(chosen.regularize.mixup or chosen.regularize.cutmix),
        images=[
            _image(row, view, preprocessing if fitted else None) for row, view in zip(rows.tolist(), found, strict=True)
        ],
    )


def sheet(held: Held, wanted: Wanted, rows: NDArray[np.int64], epoch: int) -> bytes:
    """The same as a picture, PNG: the sheet that `neocog check --grid` draws."""
    chosen, preprocessing, _ = _chosen(held, wanted)
    try:
        drawn: Image.Image = grid(
            held.dataset, preprocessing, chosen.augment, seed=chosen.seed, rows=rows, first=epoch - 1
        )
    except (ImageError, OSError) as error:
        raise _gone(held, error) from error
    file = io.BytesIO()
    drawn.save(file, "PNG")
    return file.getvalue()


def varied(augment: Augment) -> list[str]:
    """What an augmentation varies, each with its limit.

    >>> varied(Augment(flip_horizontal=True, brightness=0, contrast=1).of("image"))
    ['flip_horizontal', 'scale 1.1', 'rotation 8', 'translation 0.06']
    """
    told = []
    for field in fields(augment):
        value = getattr(augment, field.name)
        if value not in (getattr(NONE, field.name), "auto") and not (field.name == "crop_aspect" and augment.crop == 1):
            told.append(field.name if value is True else f"{field.name} {value:g}")
    return told


def _chosen(held: Held, wanted: Wanted) -> tuple[Recipe, Preprocessing, bool]:
    """The recipe, its preprocessing, and whether that is fitted to the training images."""
    data = held.dataset
    if not len(data.rows("train")):
        raise DataError(f"there is no training image in {data.table.name}; {(refusal(data) or '').partition('; ')[2]}")
    if wanted.run is None:
        resolved = resolve(Recipe(data=wanted.options), data)
        return resolved.recipe, of_pictures(resolved.preprocessing), False
    chosen, run = recipe(wanted.run), wanted.run
    if run.has(MODEL):
        return chosen, _MODELS.get(run.path, (MODEL,), lambda: load(run.path).pictured), True
    return chosen, of_pictures(resolve(chosen, data).preprocessing), False


def _views(held: Held, preprocessing: Preprocessing, chosen: Recipe, rows: NDArray[np.int64], epoch: int) -> list[View]:
    epochs = range(epoch - 1, epoch - 1 + EPOCHS)
    try:
        return views(held.dataset, preprocessing, chosen.augment, rows, seed=chosen.seed, epochs=epochs)
    except (ImageError, OSError) as error:
        raise _gone(held, error) from error


def _gone(held: Held, error: Exception) -> ImageError:
    return ImageError(
        f"an image of {held.dataset.table.name} can no longer be shown ({error}); bring it back, or read the data again"
    )


def _image(row: int, view: View, fitted: Preprocessing | None) -> ImageViews:
    low = high = None
    if fitted is not None:
        numbers = normalize(torch.from_numpy(view.validation.transpose(2, 0, 1)[None].copy()), fitted)
        low, high = float(numbers.min()), float(numbers.max())
    return ImageViews(
        row=row,
        validation=_address(view.validation),
        low=low,
        high=high,
        epochs=[EpochPicture(picture=_address(each.picture), told=list(each.told)) for each in view.training],
    )


def _address(pixels: Pixels) -> str:
    return f"data:image/png;base64,{base64.b64encode(png(pixels)).decode()}"


def _normalization(preprocessing: Preprocessing, chosen: Recipe, fitted: bool) -> str:
    """How pixels become numbers, in a sentence."""
    match preprocessing.normalize:
        case "image":
            return "Each image then loses its own mean and is divided by its own deviation."
        case "pca" | "zca":
            return (
                f"The numbers are then whitened ({preprocessing.normalize.upper()}), so that none follows from others."
            )
        case None if chosen.data.normalize == "none":
            return "The numbers that reach the network are the pixels from 0 to 1."
        case None if not fitted:
            return "The mean of all training images is then taken off, and their deviation made 1."
    mean = ", ".join(f"{value:.3f}" for value in preprocessing.mean)
    deviation = ", ".join(f"{value:.3f}" for value in preprocessing.deviation)
    return f"The numbers that reach the network are (pixel / 255 - {mean}) / {deviation}."
