"""Deconvolution: a unit's activation sent back to the pixels by unpooling, rectifying and transposed filters.

Zeiler and Fergus, "Visualizing and understanding convolutional networks" (2013). The steps back are those of a gradient
but for one: max pools put values back to where the maxima were (their "switches", which autograd keeps), convolutions
are transposed, and each ReLU rectifies what comes back instead of what went forth (Simonyan et al., 2013, section 4).
So it is computed as a gradient under that rule; it begins with 1, not with the activation, which only scales the
picture. Of a unit of a middle layer it shows the pattern that the unit answers to in this image.

    deconvolution(module, images, Target(7, tap="conv3"))           # where unit 7 is strongest
    deconvolution(module, images, Target(7, tap="conv3", place=(4, 9)))
"""

from torch import Tensor, nn

from neocog.core.errors import NetworkError
from neocog.explain.question import Asked, asking
from neocog.explain.rectifiers import Rectifiers


def deconvolution(module: nn.Module, images: Tensor, target: Asked = None) -> Tensor:
    """What the target is sent back to, of the images' shape (N C H W), signed.

    `images` are the network's input, normalized; for `target` see `question.py`. Raises `NetworkError` where the
    network has no ReLU before the target, or where no gradient reaches the pixels.

    >>> import torch
    >>> network = nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(2, 1, bias=False))
    >>> _ = network[2].weight.data.copy_(torch.tensor([[3.0, -4.0]]))
    >>> deconvolution(network, -torch.ones(1, 1, 1, 2)).flatten().tolist()
    [3.0, 0.0]
    """
    return back(module, images, target, gated=False)


def back(module: nn.Module, images: Tensor, target: Asked, gated: bool) -> Tensor:
    """The gradient under another rule for ReLUs (see `rectifiers.py`)."""
    with asking(module, images, target) as question, Rectifiers(gated) as met:
        found = question.gradient(images)
    if not met.count:
        raise NetworkError(
            "deconvolution and guided backpropagation need a ReLU before the target, and there is none; take saliency, "
            "which they would equal"
        )
    return found
