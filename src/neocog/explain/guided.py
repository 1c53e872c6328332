"""Guided backpropagation: the gradient, where each ReLU lets pass back only what speaks for more of the score.

Springenberg, Dosovitskiy, Brox and Riedmiller, "Striving for simplicity: the all convolutional net" (2014). Its
pictures are crisp, and mostly of the image's own edges: with most networks they stay when the weights are randomized
(Adebayo et al., "Sanity checks for saliency maps", 2018; Nie, Zhang and Patel, "A theoretical explanation for
perplexing behaviors of backpropagation-based visualizations", 2018). Look at its check before you believe it.
"""

from torch import Tensor, nn

from neocog.explain.deconvolution import back
from neocog.explain.question import Asked


def guided_backpropagation(module: nn.Module, images: Tensor, target: Asked = None) -> Tensor:
    """The guided gradient, of the images' shape (N C H W), signed.

    `images` are the network's input, normalized; for `target` see `question.py`. Raises `NetworkError` where the
    network has no ReLU, or where no gradient reaches the pixels.

    >>> import torch
    >>> network = nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(2, 1, bias=False))
    >>> _ = network[2].weight.data.copy_(torch.tensor([[3.0, -4.0]]))
    >>> guided_backpropagation(network, torch.ones(1, 1, 1, 2)).flatten().tolist()
    [3.0, 0.0]
    """
    return back(module, images, target, gated=True)
