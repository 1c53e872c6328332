"""The map of a data set as a picture: each image a point, colored by its class, with how much of the map is true."""

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from neocog.core.tokens import CLASSES, LIGHT, class_color
from neocog.explain.embedding import Embedding

MOST_CLASSES = 16
"""Classes that the legend names."""

_MARKS = "os^DvPX"
_SIDE, _LEGEND = 720, 200
_DPI = 72


def map_sheet(found: Embedding, labels: NDArray[np.int64], classes: Sequence[str]) -> Image.Image:
    """The points with a legend; `labels` are class numbers (N), and `classes` their names.

    Colors repeat after eight classes, with another mark.
    """
    drawing = Figure(figsize=((_SIDE + _LEGEND) / _DPI, (_SIDE + 72) / _DPI), dpi=_DPI, facecolor=LIGHT["ground"])
    width, height = _SIDE + _LEGEND, _SIDE + 72
    axes = drawing.add_axes((32 / width, 32 / height, (_SIDE - 64) / width, (_SIDE - 64) / height))
    for label in np.unique(labels).tolist():
        own = found.points[labels == label]
        told = classes[label] if len(classes) <= MOST_CLASSES else None
        mark = _MARKS[label // len(CLASSES) % len(_MARKS)]
        size = 32 if len(labels) < 2000 else 10
        color = class_color(label)
        axes.scatter(own[:, 0], own[:, 1], s=size, color=color, marker=mark, linewidths=0, alpha=0.8, label=told)
    axes.set_aspect("equal", "datalim")
    axes.set_axis_off()
    if len(classes) <= MOST_CLASSES:
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), frameon=False, labelcolor=LIGHT["text"], fontsize=13)
    way = "principal components" if found.way == "pca" else found.way
    title = f"{len(labels):,} images by {way} of their codes"
    line = (
        f"{found.preserved:.0%} of an image's nearest codes are among its nearest points; by chance it would be "
        f"{found.by_chance:.1%}"
    )
    for place, (text, color, size) in enumerate(((title, LIGHT["text"], 22), (line, LIGHT["quiet"], 13))):
        drawing.text(32 / width, 1 - (28 + 34 * place) / height, text, color=color, size=size, va="top")
    file = io.BytesIO()
    drawing.savefig(file, format="png", facecolor=LIGHT["ground"])
    return Image.open(file).convert("RGB")
