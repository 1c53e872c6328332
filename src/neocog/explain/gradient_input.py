"""Gradient x input: how much each pixel adds to the score, were the network linear around the image.

Shrikumar, Greenside, Shcherbina and Kundaje, "Not just a black box: learning important features through propagating
activation differences" (2016). Signed. Of a linear network without bias the numbers add up to the score; of others
`integrated.py` keeps that promise. A pixel of value 0 gets nothing, so that what is dark in the image is dark in the
map whatever the network: see the check of randomized weights.
"""

from torch import Tensor, nn

from neocog.explain.question import Asked, asking


def gradient_input(module: nn.Module, images: Tensor, target: Asked = None) -> Tensor:
    """The gradient times the image, of the images' shape (N C H W), signed.

    `images` are the network's input, normalized; for `target` see `question.py`. Raises `NetworkError` where no
    gradient reaches the pixels.

    >>> import torch
    >>> linear = nn.Sequential(nn.Flatten(), nn.Linear(2, 1, bias=False))
    >>> _ = linear[1].weight.data.copy_(torch.tensor([[3.0, -4.0]]))
    >>> gradient_input(linear, torch.tensor([[[[1.0, 2.0]]]])).flatten().tolist()
    [3.0, -8.0]
    """
    with asking(module, images, target) as question:
        return question.gradient(images) * images
