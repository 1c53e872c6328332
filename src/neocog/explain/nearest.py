"""Nearest training images in code space: what the network takes for most like an image, as in AlexNet's figure.

The codes of the training images are computed in one pass and kept; the search is the one that the report uses.

    found = nearest_images(module, "flatten1", image[None], training, preprocessing, keeping)
    found.place[0], found.distance[0]           # which training images, and how far away
"""

from torch import nn

from neocog.data import Images, Preprocessing
from neocog.explain.patches import COUNT
from neocog.model import Keeping, Nearest, codes_by_depth, nearest


def nearest_images(
    module: nn.Module,
    path: str,
    images: Images,
    known: Images,
    preprocessing: Preprocessing,
    keeping: Keeping | None = None,
    count: int = COUNT,
) -> Nearest:
    """The `count` nearest of the known images (uint8 M C H W) for each of some (uint8 n C H W), by the codes at a path.

    `keeping` is the known images': with it their codes are kept. `neocog.model.penultimate` names the path of a
    network's codes. Raises `NetworkError` for an unknown path.
    """
    theirs = codes_by_depth(module, [path], known, preprocessing, keeping)[path]
    ours = codes_by_depth(module, [path], images, preprocessing, None)[path]
    return nearest(ours, theirs, count)
