"""SmoothGrad: the saliency of an image averaged over copies with noise, which takes the grain out.

Smilkov, Thorat, Kim, Viégas and Wattenberg, "SmoothGrad: removing noise by adding noise" (2017), with what the authors
found good for images: noise of a deviation of 10 to 20 % of the image's range, and 10 to 50 copies. The noise is a
function of the seed alone: an image has the same map alone and in a batch, today and tomorrow.
"""

import numpy as np
import torch
from torch import Tensor, nn

from neocog.core import draw
from neocog.explain.question import BATCH, Asked, asking, repeated

COPIES = 25
"""Noisy copies of each image."""
NOISE = 0.15
"""The deviation of the noise, as a share of the image's range."""


def smooth_grad(
    module: nn.Module,
    images: Tensor,
    target: Asked = None,
    copies: int = COPIES,
    noise: float = NOISE,
    seed: int = 0,
) -> Tensor:
    """The mean magnitude of the gradient over noisy copies, of the images' shape (N C H W), not negative.

    `images` are the network's input, normalized; for `target` see `question.py`. Raises `NetworkError` where no
    gradient reaches the pixels.

    >>> linear = nn.Sequential(nn.Flatten(), nn.Linear(4, 3))
    >>> images = torch.rand(2, 1, 2, 2)
    >>> torch.allclose(smooth_grad(linear, images)[1], smooth_grad(linear, images[1:])[0])
    True
    """
    with asking(module, images, target) as question:
        deviation = noise * (images.flatten(1).amax(1) - images.flatten(1).amin(1))
        total = torch.zeros_like(images)
        index = question.settle(images)
        once = max(1, BATCH // len(images))
        for at in range(0, copies, once):
            drawn = noises(range(at, min(at + once, copies)), images[0], seed)
            moved = drawn.unsqueeze(1) * deviation.view(-1, *[1] * (images.ndim - 1))  # copies N C H W
            found = question.gradient(repeated(images, len(drawn)) + moved.flatten(0, 1), index)
            total += found.abs().view(-1, *images.shape).sum(0)
        return total / copies


def noises(copies: range, like: Tensor, seed: int) -> Tensor:
    """The noise of some copies (K C H W), of deviation 1: the same for every image."""
    pixels = np.arange(like.numel())
    drawn = draw.normal(seed, "smooth", np.asarray(copies)[:, None], pixels[None])
    return torch.from_numpy(drawn).to(like).view(-1, *like.shape)
