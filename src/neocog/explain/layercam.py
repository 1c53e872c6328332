"""LayerCAM: the maps of a layer added up, each place weighed by its own gradient.

Jiang, Zhang, Hou, Cheng and Wei, "LayerCAM: exploring hierarchical class activation maps for localization" (2021).
Where Grad-CAM gives a whole map one weight, here each place has its own, and negative ones count as 0; so earlier,
finer layers give maps that can be used too: name one by `tap`.
"""

import torch
from torch import Tensor, nn

from neocog.explain.gradcam import enlarged, maps_and_gradients
from neocog.explain.question import Asked


def layer_cam(module: nn.Module, images: Tensor, target: Asked = None, tap: str = "") -> Tensor:
    """LayerCAM enlarged to the images (N 1 H W), not negative.

    `tap` is the path of the layer whose maps are weighed, "" for the last convolution (`last_convolution`). `images`
    are the network's input, normalized; for `target` see `question.py`. Raises `NetworkError` where the layer has no
    map, or the target does not depend on it.

    >>> network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2, 3))
    >>> layer_cam(network, torch.rand(5, 1, 4, 4), 2, tap="2").shape
    torch.Size([5, 1, 4, 4])
    """
    maps, gradients = maps_and_gradients(module, images, target, tap)
    return enlarged((torch.relu(gradients) * maps).sum(1, keepdim=True), images)
