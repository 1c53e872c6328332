"""The map that class activation maps are made of: the last one that a convolution gives, and that still has places.

That is the deepest look at the image which still knows where. It is found by running one image through: the last
convolution with more than one place is taken (LeNet-5's third gives a single one), and after it the last layer whose
map has as many places: its norm, its activation, or the sum or join that it goes into. So of a residual block the map
is what leaves the block, and of DenseNet all that its last block has joined.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from neocog.build import uncompiled
from neocog.build.modules import TableConv
from neocog.core.errors import NetworkError
from neocog.explain.question import asking

_CONVOLUTIONS = (nn.Conv2d, TableConv)


def last_convolution(module: nn.Module, images: Tensor) -> str:
    """The path of the layer whose maps Grad-CAM and LayerCAM weigh unless told otherwise.

    `images` (N C H W) are any that the module takes. Raises `NetworkError` where no convolution gives a map of several
    places.

    >>> network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(2, 2, 3), nn.Flatten(), nn.Linear(2, 2))
    >>> last_convolution(network, torch.zeros(1, 1, 5, 5))
    '1'
    """
    met: list[tuple[str, nn.Module, tuple[int, ...]]] = []

    def note(path: str) -> Callable[[nn.Module, object, object], None]:
        def hook(layer: nn.Module, inputs: object, output: object) -> None:
            if isinstance(output, Tensor):
                met.append((path, layer, tuple(output.shape)))

        return hook

    handles = []
    with asking(module, images, None) as question, torch.no_grad():
        try:
            for path, layer in uncompiled(module).named_modules():
                if path:
                    handles.append(layer.register_forward_hook(note(path)))
            question.output(images[:1])
        finally:
            for handle in handles:
                handle.remove()
    places = [at for at, (_, layer, shape) in enumerate(met) if isinstance(layer, _CONVOLUTIONS) and _several(shape)]
    if not places:
        raise NetworkError(
            "there is no convolution whose map has several places, which Grad-CAM and LayerCAM weigh; name a layer, or "
            "take another method"
        )
    sides = met[places[-1]][2][2:]
    return next(path for path, _, shape in reversed(met) if len(shape) == 4 and shape[2:] == sides)


def _several(shape: tuple[int, ...]) -> bool:
    return len(shape) == 4 and shape[2] * shape[3] > 1
