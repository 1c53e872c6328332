"""How alike two maps are: the rank correlation of Spearman, and the edges that no map should be mistaken for.

Ranks, because a map is looked at through a color scale: what counts is which places stand out, not by how much.
"""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import Tensor


def rank_correlation(first: Tensor, second: Tensor) -> NDArray[np.float64]:
    """Spearman's rank correlation of each of N pairs of maps (N H W), from -1 to 1; 0 with a map that is all alike.

    >>> a = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    >>> rank_correlation(a, a**3).item(), rank_correlation(a, -a).item(), rank_correlation(a, 0 * a).item()
    (1.0, -1.0, 0.0)
    """
    one, other = (_centered_ranks(each) for each in (first, second))
    sizes = np.sqrt((one * one).sum(1) * (other * other).sum(1))
    products = (one * other).sum(1)
    return np.asarray(np.divide(products, sizes, out=np.zeros_like(products), where=sizes > 0))


def _centered_ranks(maps: Tensor) -> NDArray[np.float64]:
    """N H W to N H*W; what is not finite counts as 0."""
    numbers = np.nan_to_num(maps.detach().flatten(1).double().numpy(force=True), posinf=0.0, neginf=0.0)
    ranks = rankdata(numbers, axis=1)
    return np.asarray(ranks - ranks.mean(axis=1, keepdims=True), np.float64)


def edges(images: Tensor) -> Tensor:
    """The strength of the edges in images (N C H W to N H W): the gradient of their gray by Sobel's filters.

    >>> edges(torch.tensor([[[[0.0, 0.0, 1.0, 1.0]] * 3]]))[0, 1].tolist()
    [0.0, 4.0, 4.0, 0.0]
    """
    gray = F.pad(images.mean(1, keepdim=True), (1, 1, 1, 1), mode="replicate")
    across = torch.tensor(
        [[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]], dtype=images.dtype, device=images.device
    )
    found = F.conv2d(gray, torch.stack([across, across.T]).unsqueeze(1))  # N 2 H W
    return found.square().sum(1).sqrt()
