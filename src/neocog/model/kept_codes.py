"""Codes that are kept: what a network makes of images at its layers, computed in one pass and looked up ever after.

They lie in the cache of images, under a key of all that they depend on: the weights that were passed, the contents of
the images, their preparation, and how it was computed. A pass that is killed goes on from there. Batches always begin
at the same images, so that the bits do not depend on where it was killed.

    kept = Keeping(name="photos", hashes=hashes)
    codes_by_depth(module, ["block1", "block4"], images, preprocessing, kept)["block4"]   # N D, maps as their mean
    codes_at(module, "block4", images, preprocessing, kept)                               # N C H W
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neocog.build import tapped
from neocog.data import AnyPreprocessing, Images, Preprocessing, Progress, kept
from neocog.data.records import key
from neocog.model.outputs import BATCH, logits

_VERSION = "codes 1"
_HALF = float(np.finfo(np.float16).max)


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """Under what codes are kept, and where they are computed."""

    name: str
    """The data set's, for `neocog cache list`."""
    hashes: Sequence[str]
    """The content hash of each image."""
    device: str = "cpu"
    """Where the module lies."""
    cache_gb: float = 20.0
    """The room that the cache may take, in gigabytes."""
    progress: Progress | None = None
    """Told how many images are done."""


def codes_at(
    module: nn.Module, path: str, images: Images, preprocessing: AnyPreprocessing, keeping: Keeping
) -> NDArray[Any] | None:
    """What the layer at `path` gives, in evaluation mode: vectors in float32 (N D), maps in float16 (N C H W).

    None where neither the cache nor the memory can hold them.
    """
    return _kept(_Layer(module, path), images, preprocessing, keeping)


def codes_by_depth(
    module: nn.Module, paths: Sequence[str], images: Images, preprocessing: AnyPreprocessing, keeping: Keeping | None
) -> dict[str, NDArray[np.float32]]:
    """A vector an image (float32 N D) for each of several layers, in evaluation mode: of a map its mean over places.

    Without `keeping` they are computed anew, on the CPU: for the few images that somebody asks about.
    """
    paths = list(dict.fromkeys(paths))
    if keeping is None:
        views = {path: _Depths(module, [path]) for path in paths}
        return {path: logits(view, images, preprocessing) for path, view in views.items()}
    table = _kept(_Depths(module, paths), images, preprocessing, keeping)
    assert table is not None, "a few thousand numbers an image fit into memory"
    ends = np.cumsum([_sample(_Depths(module, [path]), images, preprocessing, keeping).shape[1] for path in paths])
    return dict(zip(paths, np.split(table, ends[:-1], axis=1), strict=True))


def weights_digest(module: nn.Module) -> str:
    """The SHA-256 of a module's tensors and their names, in hexadecimal."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().to("cpu").contiguous().numpy().tobytes())
    return digest.hexdigest()


def codes_key(view: nn.Module, preprocessing: AnyPreprocessing, keeping: Keeping, *more: str) -> str:
    """What a view's outputs are kept under: a hash of weights, images, preparation, how it is computed, and `more`."""
    return key(
        *more,
        weights_digest(view),
        f"{view!r} {getattr(view, 'code', '')}",
        _described(preprocessing),
        f"{keeping.device} torch {torch.__version__} threads {torch.get_num_threads()}",
        many=keeping.hashes,
    )


class _Layer(nn.Module):
    """What one layer of a module gives."""

    def __init__(self, module: nn.Module, path: str) -> None:
        super().__init__()
        self.view, self.path = tapped(module, [path]), path

    def forward(self, images: Tensor) -> Tensor:
        found: Tensor = self.view(images)[self.path]
        return found


class _Depths(nn.Module):
    """What several layers of a module give, side by side: N and the sum of their channels."""

    def __init__(self, module: nn.Module, paths: Sequence[str]) -> None:
        super().__init__()
        self.view = tapped(module, paths)

    def forward(self, images: Tensor) -> Tensor:
        return torch.cat([_vector(found) for found in self.view(images).values()], dim=1)


def _vector(found: Tensor) -> Tensor:
    return found.flatten(2).mean(2) if found.ndim > 2 else found


def _kept(
    view: _Layer | _Depths, images: Images, preprocessing: AnyPreprocessing, keeping: Keeping
) -> NDArray[Any] | None:
    """The outputs of a view for all images, from the cache where they lie there."""
    sample = _sample(view, images, preprocessing, keeping)
    shape, dtype = (len(images), *sample.shape[1:]), "float32" if sample.ndim == 2 else "float16"

    def fill(target: NDArray[Any], start: int) -> Iterator[int]:
        for begin in range(start - start % BATCH, len(images), BATCH):
            batch = images[slice(begin, begin + BATCH)]
            given = logits(view, batch, preprocessing, device=keeping.device)
            target[begin : begin + len(batch)] = given if dtype == "float32" else given.clip(-_HALF, _HALF)
            if keeping.progress is not None:
                keeping.progress(begin + len(batch), len(images))
            yield begin + len(batch)

    named = codes_key(view.view, preprocessing, keeping, _VERSION, repr(view), f"{shape} {dtype}")
    return kept(
        "codes",
        keeping.name,
        named,
        shape,
        dtype,
        fill,
        least=0,
        cache_gb=keeping.cache_gb,
        progress=keeping.progress,
    )


def _sample(view: nn.Module, images: Images, preprocessing: AnyPreprocessing, keeping: Keeping) -> NDArray[np.float32]:
    """What a view gives for one sample of zeros, to know its shape."""
    return logits(view, np.zeros((1, *images.shape[1:]), images.dtype), preprocessing, device=keeping.device)


def _described(preprocessing: AnyPreprocessing) -> str:
    if not isinstance(preprocessing, Preprocessing):
        return repr(preprocessing)
    whitening = preprocessing.whitening
    told = "" if whitening is None else hashlib.sha256(whitening.matrix.numpy().tobytes()).hexdigest()
    return f"{replace(preprocessing, whitening=None)!r} {told}"
