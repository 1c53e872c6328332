"""Grad-CAM: the maps of the last convolution, added up, each weighed by how much it matters to the score.

Selvaraju, Cogswell, Das, Vedantam, Parikh and Batra, "Grad-CAM: visual explanations from deep networks via gradient-
based localization" (2016). The weight of a map is the mean of the score's gradient over its places; what is negative in
the sum speaks for other classes and is left out. It is coarse, as coarse as the map, and hardly ever an edge detector.
Where the network ends in a global average and one dense layer it is the class activation map of Zhou et al.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neocog.core.errors import NetworkError
from neocog.explain.last_convolution import last_convolution
from neocog.explain.question import Asked, asking, chosen, derived, first


def grad_cam(module: nn.Module, images: Tensor, target: Asked = None, tap: str = "") -> Tensor:
    """Grad-CAM enlarged to the images (N 1 H W), not negative.

    `tap` is the path of the layer whose maps are weighed, "" for the last convolution (`last_convolution`). `images`
    are the network's input, normalized; for `target` see `question.py`. Raises `NetworkError` where the layer has no
    map, or the target does not depend on it.

    >>> network = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.Flatten(), nn.Linear(32, 3))
    >>> grad_cam(network, torch.rand(5, 1, 4, 4), 2).shape
    torch.Size([5, 1, 4, 4])
    """
    maps, gradients = maps_and_gradients(module, images, target, tap)
    weights = gradients.mean((2, 3), keepdim=True)
    return enlarged((weights * maps).sum(1, keepdim=True), images)


def maps_and_gradients(module: nn.Module, images: Tensor, target: Asked, tap: str) -> tuple[Tensor, Tensor]:
    """A layer's maps (N C h w), and the gradients of each image's number by them."""
    if images.ndim != 4:
        raise NetworkError(f"a class activation map needs images N C H W, got {tuple(images.shape)}; reshape them")
    tap = tap or last_convolution(module, images)
    with asking(module, images, target, tap) as question:
        found = question.view(images.detach().clone().requires_grad_().clone())
        maps, output = found[tap], first(found[question.target.tap])
        if maps.ndim != 4:
            raise NetworkError(f"layer {tap!r} must give maps, N C H W, got {tuple(maps.shape)}; name one that does")
        return maps.detach(), derived(chosen(output, question.find(output)), maps)


def enlarged(maps: Tensor, images: Tensor) -> Tensor:
    """What speaks for the score (N 1 h w, cut off below 0), brought to the images' sides (N 1 H W) by interpolation."""
    return F.interpolate(torch.relu(maps), images.shape[2:], mode="bilinear", align_corners=False)
