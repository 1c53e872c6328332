"""Augmentation with one interpolation: what is drawn for each sample, and how it is applied to a batch at once.

Geometry is composed to one map a sample and sampled once (`geometry`); color is composed to one matrix a sample, of
which normalization is the last factor (`color`). Drawing is apart from applying, so that what a sample gets can be told
in words. It is a function of (seed, epoch, sample), whatever else is in the batch, so it can be shown years later:

>>> still = Preprocessing(size=(28, 28), channels=1)
>>> laid = frame(still, np.ones(1, np.float32))
>>> got = draw_parameters(Augment(), laid, seed=0, epoch=1, samples=np.array([7], np.uint64))
>>> ", ".join(words(got, 0, still))
'scale 0.92, rotation 8°, shift -0.5, 0.4 px, brightness -9 %, contrast 1.04'

Deck recipes are a few numbers: a turn by any angle, shifts by 10 of 96 pixels, sizes from 1/1.6 to 1.6, mirrored or
not, sheared by 20 degrees and stretched by 1.3, all drawn anew for each picture in each epoch, are
`Augment(rotation=180, translation=10 / 96, scale=1.6, flip_horizontal=True, shear=20, stretch=1.3)`.

A spectrogram is a picture that nobody turns, mirrors or lights otherwise: it is moved in time, and bands and moments of
it are masked (SpecAugment; Park et al., 2019). What belongs to which kind of input, `Augment.of` says.
"""

from dataclasses import dataclass, fields, replace
from typing import Annotated, Any

import numpy as np
import torch
from annotated_types import Ge, Gt, Le, Lt
from numpy.typing import NDArray
from torch import Tensor

from neocog.core import draw
from neocog.core.errors import RecipeError
from neocog.data.color import color, color_map, noisy, recolor
from neocog.data.geometry import Drawn, Frame, Matrices, Values, composed, cut, density, frame, sample, sample_nearest
from neocog.data.mask import IGNORED
from neocog.data.options import Auto
from neocog.data.preprocessing import Preprocessing
from neocog.data.tensors import finished

Samples = NDArray[np.uint64]

CROPS = 10
"""How often a random crop is drawn before the middle is taken."""

MASKS = 2
"""Masks along each axis of a spectrogram, as in SpecAugment's stronger policies."""


@dataclass(frozen=True, kw_only=True)
class Augment:
    """How training images are varied; `recipe.toml` holds it under `[augment]`. Every range is symmetric."""

    flip_horizontal: bool = False
    """Mirror left and right, every second time; right where a mirrored object keeps its class."""
    flip_vertical: bool = False
    """Mirror top and bottom, every second time."""
    crop: Annotated[float, Gt(0), Le(1)] = 1.0
    """The smallest share of the area that a random crop keeps; 1 keeps what validation sees."""
    crop_aspect: Annotated[float, Ge(1), Le(4)] = 4 / 3
    """The longest random crop, width over height or the reverse, drawn log-uniformly from 1/crop_aspect on."""
    scale: Annotated[float, Ge(1), Le(4)] = 1.1
    """The largest enlargement, drawn log-uniformly from 1/scale to scale."""
    stretch: Annotated[float, Ge(1), Le(2)] = 1.0
    """The largest factor of the width, by which the height is divided, drawn log-uniformly from 1/stretch on."""
    rotation: Annotated[float, Ge(0), Le(180)] = 8.0
    """The largest turn to either side, in degrees."""
    translation: Annotated[float, Ge(0), Le(0.5)] = 0.06
    """The largest shift along each axis, as a share of the side."""
    shear: Annotated[float, Ge(0), Le(60)] = 0.0
    """The largest slant to either side, in degrees."""
    perspective: Annotated[float, Ge(0), Le(0.3)] = 0.0
    """The largest tilt along each axis: one edge is larger by 1 + perspective, the other by 1 - perspective."""
    lens: Annotated[float, Ge(0), Le(0.15)] = 0.0
    """The largest radial distortion k1, barrel (above 0) or pincushion, radius 1 being half the larger side."""
    brightness: Annotated[float, Ge(0), Le(1)] = 0.1
    """The largest change of brightness, as a share of full scale."""
    contrast: Annotated[float, Ge(1), Le(4)] = 1.15
    """The largest gain of contrast about mid-gray, drawn log-uniformly from 1/contrast to contrast."""
    saturation: Annotated[float, Ge(1), Le(4)] = 1.0
    """The largest gain of color against gray, drawn log-uniformly from 1/saturation to saturation."""
    hue: Annotated[float, Ge(0), Le(180)] = 0.0
    """The largest turn of the color circle to either side, in degrees."""
    noise: Annotated[float, Ge(0), Le(0.5)] = 0.0
    """The largest standard deviation of Gaussian noise, as a share of full scale, drawn uniformly from 0 on."""
    shift: Annotated[float, Ge(0), Le(0.5)] | Auto = "auto"
    """The largest move along time, as a share of the length, in whole columns; `auto`: of sounds 0.1, of others 0."""
    mask_time: Annotated[float, Ge(0), Le(0.5)] | Auto = "auto"
    """The longest of two masks in time, as a share of the length, at the mean's level; `auto`: of sounds 0.1."""
    mask_frequency: Annotated[float, Ge(0), Le(0.5)] | Auto = "auto"
    """The widest of two masks in frequency, as a share of the bands, likewise; `auto`: of sounds 0.15."""
    words: Annotated[float, Ge(0), Lt(1)] = 0.5
    """The share of a sentence's words that are made unknown, drawn anew for each sentence in each epoch."""

    def of(self, kind: str) -> "Augment":
        """What of it applies to a kind of input, without `auto`: the rest is taken away.

        Raises `RecipeError` where something was asked for that does not.

        >>> sounds, images = Augment().of("sound"), Augment().of("image")
        >>> sounds.rotation, sounds.shift, images.rotation, images.shift
        (0.0, 0.1, 8.0, 0.0)
        """
        usual, own = Augment(), _OWN.get(kind, ())
        told = {name: value for name, value in _USUAL.items() if name in own and getattr(self, name) == "auto"}
        names = [field.name for field in fields(Augment) if field.name not in own]
        for name in names:
            value = getattr(self, name)
            if value not in (getattr(usual, name), getattr(NONE, name)):
                raise RecipeError(
                    f"`augment.{name}` does not apply to the input kind {kind}, got {value}; leave it out"
                    + (f", there are {', '.join(own)}" if own else "")
                )
        return replace(self, **told, **{name: getattr(NONE, name) for name in names})

    @property
    def geometric(self) -> bool:
        """Whether any coordinate is moved."""
        return any(getattr(self, name) not in (getattr(NONE, name), "auto") for name in _GEOMETRY)


NONE = Augment(
    scale=1.0,
    rotation=0.0,
    translation=0.0,
    brightness=0.0,
    contrast=1.0,
    shift=0.0,
    mask_time=0.0,
    mask_frequency=0.0,
    words=0.0,
)
"""No augmentation."""

_MASKED = ("mask_time", "mask_frequency")
_USUAL: dict[str, Any] = {"shift": 0.1, "mask_time": 0.1, "mask_frequency": 0.15}
_OWN = {
    "image": tuple(field.name for field in fields(Augment) if field.name not in (*_USUAL, "words")),
    "sound": ("noise", *_USUAL),
    "text": ("words",),
}
"""What applies to each kind of input; nothing to those that are not named."""

_GEOMETRY = (
    "flip_horizontal",
    "flip_vertical",
    "crop",
    "scale",
    "stretch",
    "rotation",
    "translation",
    "shear",
    "perspective",
    "lens",
    "shift",
)


def draw_parameters(augment: Augment, frame: Frame, *, seed: int, epoch: int, samples: Samples) -> Drawn:
    """What each sample gets in an epoch, by the names of `Augment`; `samples` are the samples' stable keys (N)."""
    drawn: dict[str, Values] = {}

    def symmetric(name: str) -> Values:
        return 2.0 * draw.uniform(seed, epoch, samples, name) - 1.0

    def pair(name: str, largest: float) -> Values:
        return largest * np.stack([symmetric(f"{name} x"), symmetric(f"{name} y")], axis=-1)

    for name in ("flip_horizontal", "flip_vertical"):
        if getattr(augment, name):
            drawn[name] = np.where(symmetric(name.replace("_", " ")) < 0, -1.0, 1.0)
    for name in ("scale", "stretch", "contrast", "saturation"):
        if getattr(augment, name) != 1:
            drawn[name] = getattr(augment, name) ** symmetric(name)
    for name in ("rotation", "shear", "hue"):
        if getattr(augment, name):
            drawn[name] = np.deg2rad(getattr(augment, name)) * symmetric(name)
    for name in ("lens", "brightness"):
        if getattr(augment, name):
            drawn[name] = getattr(augment, name) * symmetric(name)
    if augment.crop < 1:
        many = (seed, epoch, samples[:, None], np.arange(CROPS))
        shares = 1.0 - (1.0 - augment.crop) * draw.uniform(*many, "crop area")
        aspects = augment.crop_aspect ** (2.0 * draw.uniform(*many, "crop aspect") - 1.0)
        drawn["crop"] = cut(frame, shares, aspects, pair("crop", 1.0), augment.crop_aspect)
    if augment.translation:
        drawn["translation"] = pair("translation", 2.0 * augment.translation)
    if augment.perspective:
        drawn["perspective"] = pair("perspective", augment.perspective)
    if augment.shift not in ("auto", 0):  # in whole columns: a moment is not blended with the next
        columns = round(2 * frame.field[0] / frame.column)
        drawn["shift"] = frame.column * np.rint(symmetric("shift") * np.floor(augment.shift * columns))
    for name in _MASKED:
        if (share := getattr(augment, name)) not in ("auto", 0):
            many = (seed, epoch, samples[:, None], np.arange(MASKS))
            widths = share * draw.uniform(*many, f"{name} width")
            starts = (1.0 - widths) * draw.uniform(*many, f"{name} place")
            drawn[name] = np.stack([starts, starts + widths], axis=-1)  # N MASKS 2
    if augment.noise:
        drawn["noise"] = augment.noise * draw.uniform(seed, epoch, samples, "noise")
    return drawn


@dataclass(frozen=True, kw_only=True)
class Looks:
    """What some samples get in an epoch, composed and ready to be applied to their pixels.

    These are a few numbers a sample. Composing them costs as much for a batch as for many, so it is done for many steps
    at once; what a sample gets does not depend on the others.
    """

    colors: Matrices
    """From values of 0 to 1 to the network's input (N, C + 1, C + 1)."""
    maps: Matrices | None = None
    """From the field to the squashed image (N, 3, 3); None where nothing is moved."""
    lens: Values | None = None
    """The radial distortion (N)."""
    counts: NDArray[np.int64] | None = None
    """Samples a pixel (N, 2)."""
    deviations: Values | None = None
    """Of the noise, a channel, in units of the network's input (N, C or 1); None without noise."""
    keys: Samples | None = None
    """What the noise is drawn by (N)."""
    masks: tuple[Values | None, Values | None] = (None, None)
    """Of time and of frequency: where they begin and end, as shares of the side (N M 2), frequency from the bottom."""

    def part(self, place: slice) -> "Looks":
        """Those of some of the samples."""
        return Looks(
            colors=self.colors[place],
            maps=_part(self.maps, place),
            lens=_part(self.lens, place),
            counts=_part(self.counts, place),
            deviations=_part(self.deviations, place),
            keys=_part(self.keys, place),
            masks=(_part(self.masks[0], place), _part(self.masks[1], place)),
        )


def looks(
    aspects: NDArray[np.float32],
    preprocessing: Preprocessing,
    augment: Augment,
    side: int | tuple[int, int],
    *,
    seed: int,
    epoch: int,
    samples: Samples,
) -> Looks:
    """What is drawn for some samples in an epoch, composed.

    `side` is that of their squashed images, or height and width where they are not square.
    """
    count, channels = len(samples), preprocessing.channels
    laid = frame(preprocessing, aspects)
    drawn = draw_parameters(augment, laid, seed=seed, epoch=epoch, samples=samples)
    maps = counts = None
    if augment.geometric:
        maps = laid.outward @ composed(drawn, count, laid.field) @ laid.inward
        counts = density(maps, preprocessing, side, drawn.get("lens"))
    full_scale = color_map(np.full(count, 1 / 255), np.zeros(count), channels)
    deviation = np.tile(preprocessing.deviation, (count, 1))
    normal = color_map(1 / deviation, -np.tile(preprocessing.mean, (count, 1)) / deviation, channels)
    return Looks(
        colors=normal @ color(drawn, count, channels) @ full_scale,
        maps=maps,
        lens=drawn.get("lens"),
        counts=counts,
        deviations=drawn["noise"][:, None] / deviation if "noise" in drawn else None,
        keys=draw.bits(seed, epoch, samples, "noise pixels") >> np.uint64(1) if "noise" in drawn else None,
        masks=(drawn.get("mask_time"), drawn.get("mask_frequency")),
    )


def augmented(images: Tensor, looks: Looks, preprocessing: Preprocessing) -> Tensor:
    """A batch as the network sees it in training: varied, normalized, float32, N C H W.

    `images` are uint8: squashed (N C S S) where the augmentation moves anything, else prepared (N C H W).
    """
    out = images.to(torch.float32)
    if looks.maps is not None:
        out = sample(out, looks.maps, preprocessing, looks.lens, looks.counts)
    out = recolor(out, looks.colors)
    if looks.deviations is not None and looks.keys is not None:
        out = noisy(out, looks.deviations, looks.keys)
    return finished(_masked(out, *looks.masks), preprocessing)


def _masked(images: Tensor, times: Values | None, frequencies: Values | None) -> Tensor:
    """Images (N C H W, normalized) with zero, the mean's level, where a mask lies; frequency 0 is the bottom row."""
    for bounds, axis in ((times, 3), (frequencies, 2)):
        if bounds is not None:
            side = images.shape[axis]
            places = (torch.arange(side, device=images.device, dtype=images.dtype) + 0.5) / side
            places = places if axis == 3 else places.flip(0)
            low, high = torch.from_numpy(bounds).to(images.device, images.dtype)[..., None].unbind(2)  # N M 1
            inside = ((places >= low) & (places < high)).any(1)  # N side
            images = images.masked_fill(inside[:, None, None] if axis == 3 else inside[:, None, :, None], 0.0)
    return images


def _part(values: Any, place: slice) -> Any:
    return None if values is None else values[place]


def moved(masks: Tensor, looks: Looks, preprocessing: Preprocessing) -> Tensor:
    """The masks of a batch as its images are moved: N H W, int64, classes or `IGNORED`.

    `masks` are uint8: squashed (N S S) where the augmentation moves anything, else prepared (N H W).
    """
    if looks.maps is None:
        return masks.long()
    return sample_nearest(masks, looks.maps, preprocessing, looks.lens, IGNORED).long()


def words(drawn: Drawn, place: int, preprocessing: Preprocessing) -> list[str]:
    """What one sample of a batch got, in words, in the order of `Augment`; lengths are in pixels of the field."""
    half = max(preprocessing.size) / 2 - preprocessing.border
    told = (_told(field.name, drawn[field.name][place], half) for field in fields(Augment) if field.name in drawn)
    return [each for each in told if each]


def _told(name: str, value: Values, half: float) -> str:
    match name:
        case "flip_horizontal" | "flip_vertical":
            return "" if value > 0 else "mirrored" if name == "flip_horizontal" else "upside down"
        case "crop":
            return f"crop {round(2 * half * value[0])} x {round(2 * half * value[1])} px"
        case "translation":
            digits = 1 if half < 32 else 0
            return f"shift {half * value[0]:z.{digits}f}, {half * value[1]:z.{digits}f} px"
        case "shift":
            return f"moved {half * value:z.0f} columns"
        case "mask_time" | "mask_frequency":
            shares = " + ".join(f"{100 * (high - low):.0f}" for low, high in value)
            return f"masked {shares} % of {'time' if name == 'mask_time' else 'bands'}"
        case "rotation" | "shear" | "hue":
            return f"{name} {round(float(np.rad2deg(value)))}°"
        case "perspective":
            return f"{name} {round(100 * value[0])}, {round(100 * value[1])} %"
        case "brightness" | "lens":
            return f"{name} {'+' if value > 0 else ''}{round(100 * float(value))} %"
        case "noise":
            return f"{name} {round(100 * float(value))} %"
        case _:
            return f"{name} {value:.2f}"
