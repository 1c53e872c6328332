"""Integrated gradients: the gradient averaged over all images between a blank one and this one, times their difference.

Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks" (2017). Signed, and complete: the numbers of an
image add up to its score less the blank one's, as far as the steps resolve the path. The integral is taken by the rule
of Gauss and Legendre, whose error falls faster with the steps than that of equal steps. The blank image has the value 0
after normalization: the mean color of the training images.
"""

import numpy as np
import torch
from torch import Tensor, nn

from neocog.explain.question import BATCH, Asked, asking, repeated

STEPS = 50
"""Points on the path; the paper finds 20 to 300 enough."""


def integrated(
    module: nn.Module, images: Tensor, target: Asked = None, steps: int = STEPS, baseline: float | Tensor = 0.0
) -> Tensor:
    """Integrated gradients, of the images' shape (N C H W), signed.

    `images` are the network's input, normalized; `baseline` is what they start from, a value or images that broadcast
    to them; for `target` see `question.py`. Raises `NetworkError` where no gradient reaches the pixels.

    >>> linear = nn.Sequential(nn.Flatten(), nn.Linear(2, 1))
    >>> images = torch.tensor([[[[1.0, 2.0]]]])
    >>> difference = linear(images) - linear(0 * images)
    >>> bool((integrated(linear, images).sum() - difference).abs() < 1e-5)
    True
    """
    points, weights = np.polynomial.legendre.leggauss(steps)
    shape = (-1, *[1] * (images.ndim - 1))
    with asking(module, images, target) as question:
        alphas, shares = (torch.from_numpy(each).to(images) for each in ((points + 1) / 2, weights / 2))
        start = torch.as_tensor(baseline).to(images).expand_as(images)
        total = torch.zeros_like(images)
        index = question.settle(images)
        once = max(1, BATCH // len(images))
        for alpha, share in zip(torch.split(alphas, once), torch.split(shares, once), strict=True):
            along = alpha.repeat_interleave(len(images)).view(shape)
            path = repeated(start, len(alpha)) + along * repeated(images - start, len(alpha))
            weighed = question.gradient(path, index) * share.repeat_interleave(len(images)).view(shape)
            total += weighed.view(-1, *images.shape).sum(0)
        return total * (images - start)
