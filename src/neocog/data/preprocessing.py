"""Preprocessing as a value: all that it takes to turn any image into the network's input, kept in the model file."""

from dataclasses import dataclass
from typing import Literal

from pydantic import InstanceOf

from neocog.data.spectrogram import Spectrogram
from neocog.data.whitening import Whitening


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """From an image of any size to the network's input, the same for validation, test, predict and export.

    The image is turned upright, made grey or RGB, brought to `size` less `border` on each side by one anti-aliased
    resize and an integer crop or pad, and framed by `border` black pixels; then (x / 255 - mean) / deviation, and last
    what `normalize` says.
    Training that varies its images looks at the whole of them, without `short`, and so does its validation.
    """

    size: tuple[int, int]
    """Height and width of the network's input, in pixels, the border included."""
    channels: Literal[1, 3]
    """1 for grey, 3 for RGB."""
    resize: Literal["crop", "pad", "stretch"] = "crop"
    """The resize policy: center crop, black bars, or squeezed."""
    short: int | None = None
    """With `crop`, the shorter side that the image is brought to before its middle is cut out, at least as large as
    that; None: as small as covers it. Weights that others trained want theirs (ImageNet: 256, of which 224 are cut)."""
    border: int = 0
    """Black pixels added on each side after the resize (LeNet-5: images of 28 in a field of 32)."""
    mean: tuple[float, ...] = (0.0,)
    """Subtracted from each channel, in units of full scale (0 to 1)."""
    deviation: tuple[float, ...] = (1.0,)
    """Each channel is divided by it, in units of full scale."""
    normalize: Literal["image", "pca", "zca"] | None = None
    """What follows: each image less its own mean, over its own deviation, or whitening; None: nothing."""
    whitening: InstanceOf[Whitening] | None = None
    """Fitted on the training images where `normalize` asks for it; tensors of the model file, beside the weights."""

    sound: Spectrogram | None = None
    """How a sound becomes the picture, which has `size` then and is not resized; None: samples are images."""

    @property
    def noun(self) -> str:
        """What it prepares, of several."""
        return "images" if self.sound is None else "sounds"

    @property
    def input(self) -> tuple[int, ...]:
        """The network's input: channels, height and width."""
        return (self.channels, *self.size)

    @property
    def dtype(self) -> str:
        """Of prepared images."""
        return "uint8"

    @property
    def key(self) -> str:
        """What prepared images depend on beside the images."""
        height, width = self.size
        if self.sound is not None:
            return f"prepared {self.channels} {self.sound}"
        short = "" if self.short is None else f" {self.short}"
        return f"prepared {height} {width} {self.channels} {self.resize} {self.border}{short}"

    @property
    def whitens(self) -> bool:
        """Whether a whitening belongs to it."""
        return self.normalize in ("pca", "zca")
