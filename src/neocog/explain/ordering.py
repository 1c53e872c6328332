"""The check of order: hide first what the map calls important, and the answer must go; show it first, and it comes.

Petsiuk, Das and Saenko, "RISE: randomized input sampling for explanation of black-box models" (2018): *deletion* paints
the image gray from the most important place on, *insertion* shows a blurred image sharp from there on, and the area
under the class's probability says how soon it falls (small is good) or rises (large is good). Small cells are taken
instead of single pixels, and random orders stand beside, as in Samek, Binder, Montavon, Lapuschkin and Müller,
"Evaluating the visualization of what a deep neural network has learned" (2017): holes of single pixels are a noise that
fools a network in any order.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neocog.build import OUTPUT
from neocog.core import draw
from neocog.explain.question import BATCH, Asked, Question, asking, chosen, repeated

CELLS = 14
"""Cells along each side of the image, of 16 pixels where that has 224; a smaller image has one a pixel."""
STEPS = 14
"""Steps from nothing to all cells."""
BLUR = 4
"""A blurred image has so many places along each side."""
ORDERS = 19
"""Random orders beside a map's: to be better than all of them has a probability of 1 in 20 by chance."""


@dataclass(frozen=True)
class Curve:
    """The score while cells go (`deletion`) and come (`insertion`), means over the images, from no step to all."""

    deletion: tuple[float, ...]
    insertion: tuple[float, ...]

    @property
    def deleted(self) -> float:
        """The area under the deletion curve, 0 to 1 of a probability; small where the map is right."""
        return _area(self.deletion)

    @property
    def inserted(self) -> float:
        """The area under the insertion curve; large where the map is right."""
        return _area(self.insertion)

    @property
    def gain(self) -> float:
        """How much larger the second is than the first."""
        return self.inserted - self.deleted


def curve(module: nn.Module, images: Tensor, target: Asked, order: Tensor, several: bool = False) -> Curve:
    """The curves of images (N C H W) for an order of their cells (N cells, the most important first; see `cells`).

    The score is the class's probability, a sigmoid's where images have `several` labels; of a unit of another layer it
    is its value as a share of the whole image's. Raises `NetworkError` where there is no such target.
    """
    ranks = order.argsort(dim=1)  # N cells: when each goes
    height, width = images.shape[2:]
    grid = _sides(images)
    per_pixel = ranks.view(-1, 1, *grid)[:, :, _cell_of(height, grid[0])][:, :, :, _cell_of(width, grid[1])]  # N 1 H W
    blurred = F.interpolate(F.adaptive_avg_pool2d(images, BLUR), (height, width), mode="bilinear", align_corners=False)
    told = torch.linspace(0, order.shape[1], STEPS + 1).round().to(images.device)
    deletion, insertion = [], []
    with asking(module, images, target) as question, torch.no_grad():
        output = question.output(images)
        index = question.find(output)
        whole = chosen(output, index)
        for some in torch.split(told, max(1, BATCH // (2 * len(images)))):
            gone = repeated(per_pixel, len(some)) < some.repeat_interleave(len(images)).view(-1, 1, 1, 1)
            there = repeated(images, len(some))
            deleted = torch.where(gone, torch.zeros_like(there), there)
            inserted = torch.where(gone, there, repeated(blurred, len(some)))
            scores = _scores(question, torch.cat([deleted, inserted]), index, whole, several)
            found = scores.view(2, len(some), -1).mean(2)
            deletion += found[0].tolist()
            insertion += found[1].tolist()
    return Curve(tuple(deletion), tuple(insertion))


def cells(heat: Tensor) -> Tensor:
    """The order of cells by heat maps (N H W to N cells), the cell of the largest mean first.

    >>> cells(torch.tensor([[[0.0, 2.0], [3.0, 1.0]]])).tolist()
    [[2, 1, 3, 0]]
    """
    means = F.adaptive_avg_pool2d(heat.unsqueeze(1), _sides(heat))
    return means.flatten(1).argsort(dim=1, descending=True, stable=True)


def random_cells(images: Tensor, number: int, seed: int = 0) -> Tensor:
    """A random order of cells for each image (N cells), a function of (`seed`, `number`, place in the batch)."""
    count = int(np.prod(_sides(images)))
    orders = [draw.permutation(count, seed, "order", number, row) for row in range(len(images))]
    return torch.from_numpy(np.stack(orders)).to(images.device)


def random_curves(
    module: nn.Module, images: Tensor, target: Asked = None, several: bool = False, seed: int = 0
) -> tuple[Curve, ...]:
    """The curves of random orders, the same for every method: what a map must beat."""
    return tuple(curve(module, images, target, random_cells(images, number, seed), several) for number in range(ORDERS))


def _scores(question: Question, images: Tensor, index: Tensor, whole: Tensor, several: bool) -> Tensor:
    output = question.output(images)
    if question.target.tap != OUTPUT or output.ndim != 2:
        return chosen(output, index) / whole.repeat(len(output) // len(whole))
    return chosen(torch.sigmoid(output) if several or output.shape[1] == 1 else torch.softmax(output, 1), index)


def _sides(images: Tensor) -> tuple[int, int]:
    """The cells along each side."""
    return min(CELLS, images.shape[-2]), min(CELLS, images.shape[-1])


def _cell_of(side: int, count: int) -> Tensor:
    """The cell that each pixel of a side belongs to; about as many pixels in each."""
    return torch.arange(side) * count // side


def _area(values: tuple[float, ...]) -> float:
    return float(np.trapezoid(values, dx=1 / (len(values) - 1)))
