"""The space of codes on a plane: by principal components, or by t-SNE, each with how much of it is true.

Codes are brought to length 1 first, as where nearest images are sought, so that neighbors on the map are meant to be
those neighbors. No plane holds a space of many dimensions: `preserved` says what share of an image's ten nearest codes
is among its ten nearest points, and `by_chance` what it would be if points were dealt out at random.

- `pca`: the two directions in which codes differ most (Pearson, 1901). Exact, at once, the same axes for new images.
- `tsne`: neighbors are kept, distances between groups mean little (van der Maaten and Hinton, 2008), by openTSNE
  (Poličar, Stražar and Zupan, 2019). Begins with the principal components, so the same codes give the same map.

>>> flat = np.random.default_rng(0).normal(size=(50, 2)) @ [[1, 0, 0.0], [0, 3, 0]] + [0, 0, 9]
>>> pca(flat.astype(np.float32)).explained.round(2).tolist()
[0.89, 0.09]
"""

import hashlib
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from neocog.core import draw
from neocog.core.errors import DataError, ExtensionError
from neocog.data import Progress
from neocog.data.records import key, recall, remember
from neocog.model import nearest, unit_length

NEIGHBORS = 10
"""The nearest images by which a map is judged."""
JUDGED = 1000
"""Images that are judged; of more, as many drawn by chance."""
PERPLEXITY = 30
"""About how many neighbors t-SNE keeps; a third of the others where there are few."""
DIMENSIONS = 50
"""Principal components that t-SNE is given where codes are longer."""

_VERSION = "t-SNE 2"
_EARLY, _LATE, _OFTEN = 250, 500, 50
_BLOCK = 4096
_SOUGHT = 512


@dataclass(frozen=True, eq=False)
class Embedding:
    """Codes as points on a plane."""

    way: str
    """`pca` or `t-SNE`."""
    points: NDArray[np.float32]
    """N 2."""
    preserved: float
    """The share of an image's nearest codes that are among its nearest points, the mean over images."""
    by_chance: float
    """What that share would be for points dealt out at random."""
    explained: NDArray[np.float64]
    """The share of all variance along each axis; none for t-SNE, whose axes mean nothing."""

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and lists."""
        return {
            "way": self.way,
            "points": self.points.round(4).tolist(),
            "preserved": self.preserved,
            "by_chance": self.by_chance,
            "explained": self.explained.tolist(),
        }


def pca(codes: NDArray[np.float32]) -> Embedding:
    """The codes (N D) along their first two principal components, larger variance first.

    The sign of an axis is the one that makes its largest weight positive. Raises `DataError` for fewer than two images.
    """
    _require(codes, 2)
    points, explained = _components(codes, 2)
    flat = np.pad(points, ((0, 0), (0, 2 - points.shape[1]))).astype(np.float32)  # codes of one number lie on a line
    return _judged("pca", codes, flat, explained)


def tsne(codes: NDArray[np.float32], seed: int = 0, progress: Progress | None = None) -> Embedding:
    """The codes (N D) as t-SNE lays them out; kept in the cache.

    Raises `ExtensionError` where openTSNE is not installed, `DataError` for fewer than four images.
    """
    library = _library()
    _require(codes, 4)
    digest = hashlib.sha256(np.ascontiguousarray(codes).tobytes()).hexdigest()
    name = key(_VERSION, library.__version__, digest, f"{codes.shape} {seed}")
    found = recall(name)
    points = None if found is None else found.get("points")
    if points is None or points.shape != (len(codes), 2):
        points = _laid_out(library, codes, seed, progress)
        remember(name, {"points": points})
    return _judged("t-SNE", codes, points, np.zeros(0))


def preservation(codes: NDArray[np.float32], points: NDArray[np.float32]) -> float:
    """The share of an image's `NEIGHBORS` nearest codes (N D, at length 1) among its nearest points (N 2), the mean."""
    asked = np.sort(draw.permutation(len(codes), "embedding")[:JUDGED])
    count = min(NEIGHBORS, len(codes) - 1)
    theirs = nearest(codes[asked], codes, count + 1).place
    shares = []
    for row, near in zip(asked.tolist(), theirs, strict=True):
        squares = ((points - points[row]) ** 2).sum(axis=1)
        squares[row] = np.inf
        beside = np.argsort(squares, kind="stable")[:count]
        shares.append(len(np.intersect1d(near[near != row][:count], beside)) / count)
    return float(np.mean(shares))


def _judged(
    way: str, codes: NDArray[np.float32], points: NDArray[np.float32], explained: NDArray[np.float64]
) -> Embedding:
    chance = min(NEIGHBORS, len(codes) - 1) / (len(codes) - 1)
    return Embedding(way, points, preservation(codes, points), chance, explained)


def _laid_out(
    library: ModuleType, codes: NDArray[np.float32], seed: int, progress: Progress | None
) -> NDArray[np.float32]:
    """What openTSNE makes of the codes."""
    given, _ = _components(codes, min(DIMENSIONS, codes.shape[1], len(codes)))
    perplexity = min(PERPLEXITY, (len(codes) - 1) / 3)
    total, done = -(-len(codes) // _SOUGHT) + _EARLY + _LATE, 0

    def told(steps: int) -> None:
        nonlocal done
        done += steps
        if progress is not None:
            progress(done, total)

    found = _neighbors(given, min(len(codes) - 1, int(3 * perplexity)), lambda: told(1))
    known = importlib.import_module("openTSNE.nearest_neighbors").PrecomputedNeighbors(*found)
    layout = library.TSNE(
        early_exaggeration_iter=_EARLY,
        n_iter=_LATE,
        random_state=seed,
        callbacks=lambda *_: told(_OFTEN),
        callbacks_every_iters=_OFTEN,
    )
    alike = library.affinity.PerplexityBasedNN(knn_index=known, perplexity=perplexity)
    return np.asarray(layout.fit(given, affinities=alike), dtype=np.float32)


def _neighbors(
    points: NDArray[np.float64], count: int, told: Callable[[], None]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The places and distances (N count) of each point's nearest others (N D), the nearest first; all are looked at."""
    squares = (points**2).sum(axis=1)
    places, distances = [], []
    for start in range(0, len(points), _SOUGHT):
        ours = points[start : start + _SOUGHT]
        apart = squares[None] + squares[start : start + _SOUGHT, None] - 2 * ours @ points.T
        apart[np.arange(len(ours)), start + np.arange(len(ours))] = np.inf
        near = np.argpartition(apart, count - 1, axis=1)[:, :count]
        far = np.take_along_axis(apart, near, axis=1)
        order = np.argsort(far, axis=1, kind="stable")
        places.append(np.take_along_axis(near, order, axis=1))
        distances.append(np.sqrt(np.maximum(np.take_along_axis(far, order, axis=1), 0)))
        told()
    return np.concatenate(places), np.concatenate(distances)


def _components(codes: NDArray[np.float32], count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Codes at length 1 along their first principal components (N count), and the share of variance of each.

    Read in blocks, so that the codes may be memory-mapped.
    """
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(codes), _BLOCK)]
    mean = sum((unit_length(codes[block]).sum(axis=0) for block in blocks), np.zeros(codes.shape[1])) / len(codes)
    covariance = np.zeros((codes.shape[1], codes.shape[1]))
    for block in blocks:
        apart = unit_length(codes[block]) - mean
        covariance += apart.T @ apart
    total = float(np.trace(covariance))
    first = max(0, codes.shape[1] - count)
    values, axes = eigh(covariance, subset_by_index=(first, codes.shape[1] - 1))
    values, axes = values[::-1], axes[:, ::-1]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    points = np.concatenate([(unit_length(codes[block]) - mean) @ axes for block in blocks])
    return points, np.maximum(values, 0) / max(total, 1e-300)


def _require(codes: NDArray[np.float32], least: int) -> None:
    if len(codes) < least:
        raise DataError(f"a map needs {least} images at least, got {len(codes)}; give more")


def _library() -> ModuleType:
    """openTSNE, which is loaded only once a map is asked of it."""
    try:
        return importlib.import_module("openTSNE")
    except ModuleNotFoundError as error:
        raise ExtensionError(
            f"the t-SNE map needs the package openTSNE, and {error.name} is not installed; run "
            '`pip install "neocog[map]"`, or take the map by principal components'
        ) from error
