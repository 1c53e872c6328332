"""The check of randomized weights: a map must change when the network forgets what it has learned.

Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim, "Sanity checks for saliency maps" (2018). The weights of the layers
are drawn anew, from the last one down (*cascading*) or of one layer at a time (*independent*), and each time the map
is made again. A map that explains what was learned must go: with the last layer new, the classes' scores are chance.
One that stays shows the image, as an edge detector does, whatever the network was trained for.

What is drawn is what a network begins with: weights normal with the deviation of He et al. (2015), which keeps signals
alive behind any activation, biases and running means 0, scales and running variances 1. All happens in a copy.

The mean over several images has an interval, for other images would have given another one. Other draws of the weights
move it less: over eight seeds its deviation was 0.005 to 0.015 in four cases of `docs/explanation-checks.md`.
"""

import copy
import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import t
from torch import Tensor, nn

from neocog.build import uncompiled
from neocog.core import draw
from neocog.core.errors import NetworkError
from neocog.explain.likeness import rank_correlation
from neocog.explain.methods import Method
from neocog.explain.question import Asked, settled

STAGES = 3
"""How often the map is made anew: after the last layer, the upper half and all layers lost their weights."""


@dataclass(frozen=True)
class Randomization:
    """How alike a map is to the one before, after the weights of more and more layers were drawn anew."""

    layers: tuple[str, ...]
    """The layer drawn anew in each stage; in a cascade the lowest one, all above it being new too."""
    similarity: tuple[float, ...]
    """The rank correlation with the map before, the mean over the images; 0 where a map is blank."""
    images: tuple[float, ...]
    """Of each image the mean over the stages."""

    @property
    def mean(self) -> float:
        """The mean over the stages: the height of the curve that Adebayo et al. draw."""
        return float(np.mean(self.similarity))

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the mean by Student's t over the images (1908); None of one image, which has none.

        >>> low, high = Randomization(("conv1",), (0.5,), (0.4, 0.5, 0.6)).interval
        >>> round(low, 3), round(high, 3)
        (0.252, 0.748)
        """
        count = len(self.images)
        if count < 2:
            return None
        reach = float(t.ppf(0.975, count - 1) * np.std(self.images, ddof=1) / math.sqrt(count))
        return max(self.mean - reach, -1.0), min(self.mean + reach, 1.0)


def randomization(
    method: Method,
    module: nn.Module,
    images: Tensor,
    target: Asked = None,
    stages: int | None = STAGES,
    cascading: bool = True,
    seed: int = 0,
) -> Randomization:
    """How alike a method's maps stay (`images` N C H W) while layers lose their weights; the target stays the same.

    `stages` are spread evenly from the last layer to the first; None: a stage for each layer that has weights. Raises
    `NetworkError` for a module without weights, and what the method raises.

    >>> from neocog.explain.methods import METHODS
    >>> _ = torch.manual_seed(0)
    >>> network = nn.Sequential(nn.Flatten(), nn.Linear(400, 2))
    >>> found = randomization(METHODS["saliency"], network, torch.rand(1, 1, 20, 20), stages=None)
    >>> found.layers, abs(found.mean) < 0.3
    (('1',), True)
    """
    module = uncompiled(module)
    layers = [path for path, layer in module.named_modules() if any(True for _ in layer.parameters(recurse=False))]
    if not layers:
        raise NetworkError("the network has no weights to randomize; this check is for networks that have learned")
    layers.reverse()
    fixed = settled(module, images, target)
    before = method.heat(module, images, fixed)
    counts = np.linspace(1, len(layers), min(len(layers), stages or len(layers))).round().astype(int).tolist()
    found = []
    for count in counts:
        other = randomized(module, layers[:count] if cascading else layers[count - 1 : count], seed)
        found.append(rank_correlation(before, method.heat(other, images, fixed)))
    alike = np.stack(found)  # stages N
    told = tuple(layers[count - 1] for count in counts)
    return Randomization(told, tuple(alike.mean(axis=1).tolist()), tuple(alike.mean(axis=0).tolist()))


def randomized(module: nn.Module, paths: list[str], seed: int = 0) -> nn.Module:
    """A copy of a module whose layers at `paths` have new weights, each tensor a function of (`seed`, its name).

    >>> network = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    >>> other = randomized(network, ["1"])
    >>> bool((other[0].weight == network[0].weight).all()), bool((other[1].weight == network[1].weight).any())
    (True, False)
    """
    other = copy.deepcopy(module)
    for path in paths:
        layer = other.get_submodule(path)
        for name, tensor in layer.named_parameters(recurse=False):
            tensor.data = _drawn(name, tensor, draw.integer(seed, f"{path}.{name}"))
        if isinstance(layer, nn.modules.batchnorm._NormBase):
            layer.reset_running_stats()
    return other


def _drawn(name: str, tensor: Tensor, seed: int) -> Tensor:
    if tensor.ndim < 2:
        return torch.full_like(tensor, 0.0 if "bias" in name else 1.0).detach()
    generator = torch.Generator().manual_seed(seed)
    deviation = math.sqrt(2 / tensor[0].numel())
    return torch.randn(tensor.shape, generator=generator).to(tensor).mul_(deviation).detach()
