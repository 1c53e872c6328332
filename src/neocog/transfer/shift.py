"""How far data lie from those that a network was trained on, by its own memory of them.

Batch normalization keeps the mean and the variance of each channel over the images that it was trained on. The mean
over other images lies so many of those deviations away; the average of that over channels and layers is 0 for the same
kind of images (photographs for ImageNet: about 0.15) and grows as they differ (steel surfaces 0.3, digits 0.4).
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from torch import fx, nn

from neocog.build.taps import PATH

MOST = 8
"""Layers that are asked."""


def norm_inputs(module: fx.GraphModule, most: int = MOST) -> dict[str, nn.Module]:
    """Of a built network the paths that its batch normalizations read, evenly from first to last, and these."""
    found = {}
    for node in module.graph.nodes:
        part = module.get_submodule(str(node.target)) if node.op == "call_module" else None
        if isinstance(part, nn.BatchNorm2d) and part.track_running_stats and PATH in node.args[0].meta:
            found[str(node.args[0].meta[PATH])] = part
    paths = list(found)
    chosen = paths if len(paths) <= most else [paths[place * len(paths) // most] for place in range(most)]
    return {path: found[path] for path in chosen}


def shift(codes: Mapping[str, NDArray[np.float32]], norms: Mapping[str, nn.Module]) -> float | None:
    """The mean distance in deviations, from the codes (N D each) of what the normalizations read; None without any.

    >>> import torch
    >>> norm = nn.BatchNorm2d(1)
    >>> norm.running_mean = torch.tensor([1.0])
    >>> round(shift({"conv1": np.array([[2.0], [4.0]], np.float32)}, {"conv1": norm}), 3)
    2.0
    """
    distances: list[float] = []
    for path, norm in norms.items():
        assert isinstance(norm, nn.BatchNorm2d) and norm.running_mean is not None and norm.running_var is not None
        mean, variance = norm.running_mean.cpu().numpy(), norm.running_var.cpu().numpy()
        distances.append(float((np.abs(codes[path].mean(axis=0) - mean) / np.sqrt(variance + norm.eps)).mean()))
    return float(np.mean(distances)) if distances else None
