"""Occlusion: how far the score falls when a patch of the image is covered, patch by patch.

Zeiler and Fergus, "Visualizing and understanding convolutional networks" (2013), section 4.2. No gradient is needed, so
that any network will do, and the numbers mean what they say: this much of the score goes with this patch. A pixel gets
the mean over the patches that cover it. Patches overlap by about half, and are an eighth of the image's shorter side
unless told otherwise: larger ones see larger things, smaller ones are sharper and take longer.
"""

import torch
from torch import Tensor, nn

from neocog.core.errors import NetworkError
from neocog.explain.question import BATCH, Asked, asking, repeated


def occlusion(
    module: nn.Module,
    images: Tensor,
    target: Asked = None,
    size: int | None = None,
    stride: int | None = None,
    value: float = 0.0,
) -> Tensor:
    """The fall of the score by pixel (N 1 H W), signed: below 0 where covering helps.

    `size` is the side of the square patches and `stride` the step from one to the next, in pixels; `value` is what they
    are covered with, 0 being the mean color of normalized images. `images` are the network's input, normalized; for
    `target` see `question.py`. Raises `NetworkError` for patches that do not fit the image.

    >>> linear = nn.Sequential(nn.Flatten(), nn.Linear(4, 1, bias=False))
    >>> _ = linear[1].weight.data.copy_(torch.tensor([[3.0, -4.0, 0.0, 1.0]]))
    >>> occlusion(linear, torch.ones(1, 1, 2, 2), size=1, stride=1).flatten().tolist()
    [3.0, -4.0, 0.0, 1.0]
    """
    if images.ndim != 4:
        raise NetworkError(f"occlusion needs images N C H W, got {tuple(images.shape)}; give maps of two axes")
    height, width = images.shape[2:]
    size = max(1, min(height, width) // 8) if size is None else size
    stride = -(-size // 2) if stride is None else stride
    if not 1 <= size <= min(height, width) or not 1 <= stride <= size:
        raise NetworkError(
            f"a patch must be 1 to {min(height, width)} pixels and its stride 1 to its size, got size {size} and "
            f"stride {stride}; change them"
        )
    rows, columns = (_covers(side, size, stride).to(images) for side in (height, width))  # R H, S W
    falls = []
    with asking(module, images, target) as question, torch.no_grad():
        output = question.output(images)
        index = question.find(output)
        clean = question.scores(images, index)
        patches = (rows[:, None, :, None] * columns[None, :, None, :]).flatten(0, 1)  # R*S H W
        for some in torch.split(patches, max(1, BATCH // len(images))):
            covered = some.repeat_interleave(len(images), 0).unsqueeze(1)
            changed = repeated(images, len(some)) * (1 - covered) + value * covered
            falls.append(clean - question.scores(changed, index).view(len(some), -1))
    grid = torch.cat(falls).view(len(rows), len(columns), -1)  # R S N
    total = torch.einsum("rsn,rh,sw->nhw", grid, rows, columns)
    return (total / torch.outer(rows.sum(0), columns.sum(0))).unsqueeze(1)


def _covers(side: int, size: int, stride: int) -> Tensor:
    """Which pixels of a side each patch covers, 0 or 1 (patches, side); the last ones end with the image."""
    count = -(-(side - size) // stride) + 1
    starts = torch.arange(count).unsqueeze(1) * stride
    pixels = torch.arange(side).unsqueeze(0)
    return ((pixels >= starts) & (pixels < starts + size)).float()
