"""Saliency: how strongly each pixel moves the score, the magnitude of the gradient.

Simonyan, Vedaldi and Zisserman, "Deep inside convolutional networks: visualising image classification models and
saliency maps" (2013). A step of any direction counts, so the map has no sign. It says where a small change would
matter, not what the score is made of; it is often grainy, which `smooth.py` averages away.
"""

from torch import Tensor, nn

from neocog.explain.question import Asked, asking


def saliency(module: nn.Module, images: Tensor, target: Asked = None) -> Tensor:
    """The magnitude of the gradient, of the images' shape (N C H W), not negative.

    `images` are the network's input, normalized; for `target` see `question.py`. Raises `NetworkError` where no
    gradient reaches the pixels.

    >>> import torch
    >>> linear = nn.Sequential(nn.Flatten(), nn.Linear(2, 1, bias=False))
    >>> _ = linear[1].weight.data.copy_(torch.tensor([[3.0, -4.0]]))
    >>> saliency(linear, torch.ones(1, 1, 1, 2)).flatten().tolist()
    [3.0, 4.0]
    """
    with asking(module, images, target) as question:
        return question.gradient(images).abs()
