"""Several methods on the same images and target, each map beside its check: what the verb and pages show.

for one in explain(model.module(), images, METHODS.values()):
    print(one.method.title, one.check.verdict if one.check else one.problem)
"""

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from torch import Tensor, nn

from neocog.build import tapped
from neocog.core.errors import NetworkError
from neocog.explain.checks import Check, check
from neocog.explain.gradcam import grad_cam
from neocog.explain.last_convolution import last_convolution
from neocog.explain.layercam import layer_cam
from neocog.explain.methods import Method
from neocog.explain.ordering import Curve, random_curves
from neocog.explain.question import Asked, settled

_BY_LAYER: dict[str, Callable[..., Tensor]] = {"grad_cam": grad_cam, "layer_cam": layer_cam}
"""The methods that weigh the maps of a layer."""


@dataclass(frozen=True, eq=False)
class Explained:
    """What one method shows of N images: `heat` (N H W) and its check, or in `problem` why it cannot be applied."""

    method: Method
    heat: Tensor | None = None
    check: Check | None = None
    tap: str = ""
    """The layer whose maps were weighed; "" for methods that weigh none."""
    problem: str = ""


def explain(
    module: nn.Module,
    images: Tensor,
    methods: Iterable[Method],
    target: Asked = None,
    tap: str = "",
    several: bool = False,
    seed: int = 0,
) -> Iterator[Explained]:
    """Each method's maps of images (N C H W, normalized) with their check, as they come.

    `tap` is the layer whose maps Grad-CAM and LayerCAM weigh, "" for the last convolution; images may have `several`
    labels. A method that this network does not allow is answered by its problem. Raises `NetworkError` for a target or
    a layer that is not there.

    >>> import torch
    >>> from neocog.explain.methods import METHODS
    >>> network = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    >>> for one in explain(network, torch.rand(1, 1, 8, 8), [METHODS["saliency"], METHODS["guided"]]):
    ...     print(one.method.title, "cannot be applied" if one.problem else tuple(one.heat.shape))
    Saliency (1, 8, 8)
    Guided backpropagation cannot be applied
    """
    fixed = settled(module, images, target)
    if tap:
        tapped(module, [tap])  # refuses a layer that is not there, whatever the methods
    random: tuple[Curve, ...] | None = None
    for method in methods:
        layer = ""
        try:
            if method.name in _BY_LAYER:
                layer = tap or last_convolution(module, images)
                method = replace(method, attribute=functools.partial(_BY_LAYER[method.name], tap=layer))
            heat = method.heat(module, images, fixed)
        except NetworkError as error:
            yield Explained(method, tap=layer, problem=str(error))
            continue
        random = random or random_curves(module, images, fixed, several, seed)
        found = check(method, module, images, fixed, random, heat, several=several, seed=seed)
        yield Explained(method, heat, found, layer)
