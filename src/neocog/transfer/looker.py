"""A network with a recipe's weights that looks at a data set: what advice and the search for alike images share.

Nothing is trained, and what was seen stays in the cache, so that asking again is a look-up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from torch import fx

from neocog.build import build
from neocog.core.errors import RecipeError
from neocog.data import AnyPreprocessing, Dataset, Images, Progress, fitted, prepared
from neocog.model import Keeping, codes_by_depth
from neocog.train import Recipe, Reuse
from neocog.train.compute import prepare_machine
from neocog.train.resolve import initialize, named, resolve


@dataclass(frozen=True, eq=False)
class Looker:
    """The network, and the images as its weights want them."""

    module: fx.GraphModule
    dataset: Dataset
    recipe: Recipe
    """Resolved: it says on what is computed, and where codes are kept."""
    preprocessing: AnyPreprocessing
    progress: Progress | None

    def codes(
        self, rows: NDArray[np.int64], places: NDArray[np.int64], paths: Sequence[str]
    ) -> dict[str, NDArray[np.float32]]:
        """What the layers at some paths make of the rows at some places (float32 N D each, of maps their means)."""
        keeping = Keeping(
            name=self.dataset.table.name,
            hashes=[self.dataset.scan.hashes[row] for row in rows[places].tolist()],
            device=self.recipe.compute.device,
            cache_gb=self.recipe.data.cache_gb,
            progress=self.progress,
        )
        images = _images(self.dataset, rows, self.preprocessing, self.recipe, self.progress)
        seen = images if len(places) == len(rows) else images[places]
        return codes_by_depth(self.module, paths, seen, self.preprocessing, keeping)


def looker(recipe: Recipe, dataset: Dataset, progress: Progress | None = None, asked: str = "advice") -> Looker:
    """Build the recipe's network and load its weights; `asked` is what needs them, in a word or two.

    Raises `RecipeError` where the recipe names no weights or no network, and what `resolve` and `initialize` raise.
    """
    if not recipe.init:
        raise RecipeError(f"{asked} needs weights to start from, and none are given; give some with --init FILE")
    if named(recipe).net == "auto":
        raise RecipeError(
            f"{asked} needs the network that the weights were made for, got auto; name it, such as with "
            "--set net=mobilenet_v1_075"
        )
    resolved = resolve(replace(recipe, transfer=Reuse(way="none")), dataset)
    prepare_machine(resolved.recipe.compute)
    module = build(resolved.network, recipe.seed, resolved.init)
    initialize(module, resolved)
    preprocessing = resolved.preprocessing
    if resolved.measured:
        learned = _images(dataset, dataset.rows("train"), preprocessing, resolved.recipe, progress)
        preprocessing = fitted(
            preprocessing, learned, progress, name=dataset.table.name, cache_gb=resolved.recipe.data.cache_gb
        )
    return Looker(module.to(resolved.recipe.compute.device), dataset, resolved.recipe, preprocessing, progress)


def _images(
    dataset: Dataset,
    rows: NDArray[np.int64],
    preprocessing: AnyPreprocessing,
    recipe: Recipe,
    progress: Progress | None,
) -> Images:
    return prepared(dataset.table, dataset.scan, rows, preprocessing, cache_gb=recipe.data.cache_gb, progress=progress)
