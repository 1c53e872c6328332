"""Color as one affine map of the channels, and noise: what a camera and its light do to a picture.

Brightness, contrast, saturation and hue are matrices on columns (channel values 0 to 1, 1); they compose by
multiplication, and subtracting the mean and dividing by the deviation is the last of them. Nothing is clipped between.
Saturation moves colors from or to their gray, by the weights of Rec. 601 (as Pillow and torchvision do). Hue turns
colors about the gray axis of RGB, which keeps their mean and their distance from gray; by a third of a turn it is exact
(red, green and blue change places), else HSV's hue is met within three degrees.

>>> np.rint(hue(np.array([2 * np.pi / 3])) @ [1, 0, 0, 1]).astype(int).tolist()  # red becomes green
[[0, 1, 0, 1]]
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neocog.data.geometry import Drawn, Matrices, Values

LUMA = (0.299, 0.587, 0.114)
"""The weights of red, green and blue in gray (Rec. 601)."""


def color_map(gain: Values, offset: Values, channels: int) -> Matrices:
    """Gain and offset, one number a sample (N) or one a channel too (N, channels), as matrices."""
    count = len(gain)
    maps = np.zeros((count, channels + 1, channels + 1))
    index = np.arange(channels)
    maps[:, index, index] = np.broadcast_to(gain.reshape(count, -1), (count, channels))
    maps[:, index, -1] = np.broadcast_to(offset.reshape(count, -1), (count, channels))
    maps[:, -1, -1] = 1.0
    return maps


def saturation(factor: Values) -> Matrices:
    """Colors moved from (above 1) or to (below 1) their gray, which stays (N, 4, 4)."""
    return _mixed(factor, (1 - factor)[:, None, None] * np.tile(LUMA, (3, 1)))


def hue(angle: Values) -> Matrices:
    """Colors turned about the gray axis by radians, from red towards green (N, 4, 4); Rodrigues' formula."""
    cosine, sine = np.cos(angle), np.sin(angle)[:, None, None] / np.sqrt(3)
    across = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    return _mixed(cosine, ((1 - cosine) / 3)[:, None, None] + sine * across)


def color(drawn: Drawn, count: int, channels: int) -> Matrices:
    """The composed color map of each sample (N, channels + 1, channels + 1); gray has no saturation and no hue."""
    gain = drawn.get("contrast", np.ones(count))
    maps = color_map(gain, 0.5 - 0.5 * gain + drawn.get("brightness", np.zeros(count)), channels)
    if channels == 3:
        if "saturation" in drawn:
            maps = maps @ saturation(drawn["saturation"])
        if "hue" in drawn:
            maps = maps @ hue(drawn["hue"])
    return maps


def recolor(images: Tensor, maps: Matrices) -> Tensor:
    """Apply color maps (N, C + 1, C + 1) to images (N C H W, float, 0 to 1)."""
    count, channels, height, width = images.shape
    matrix = torch.from_numpy(maps[:, :channels, :channels]).to(images.device, images.dtype)
    offset = torch.from_numpy(maps[:, :channels, channels:]).to(images.device, images.dtype)
    if channels == 1:
        return (images * matrix.view(-1, 1, 1, 1)).add_(offset.view(-1, 1, 1, 1))
    return torch.baddbmm(offset, matrix, images.reshape(count, channels, -1)).view(count, channels, height, width)


def noisy(images: Tensor, deviations: Values, keys: NDArray[np.uint64]) -> Tensor:
    """Images (N C H W) plus Gaussian noise, of a deviation a sample and channel (N, C or 1), drawn by a key a sample.

    The numbers are torch's own, from a generator that begins anew with each sample's key: three times as fast as a hash
    of every pixel. On another kind of device they are others.
    """
    generator = torch.Generator(images.device)
    noise = torch.empty_like(images)
    for place, key in enumerate(keys.tolist()):
        noise[place].normal_(generator=generator.manual_seed(key))
    scale = torch.from_numpy(deviations).to(images.device, images.dtype)
    return torch.addcmul(images, noise, scale[:, :, None, None])


def _mixed(own: Values, added: Values) -> Matrices:
    """Matrices on RGB from `own` (N) on the diagonal and what is `added` everywhere (N, 3, 3)."""
    maps = np.zeros((len(own), 4, 4))
    maps[:, :3, :3] = own[:, None, None] * np.eye(3) + added
    maps[:, 3, 3] = 1.0
    return maps
