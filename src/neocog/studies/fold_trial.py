"""What networks say to images that they did not learn from, where a run's own validation images are too few.

The run's training and validation images are divided into folds; for each a network is trained on the others, by the
run's recipe, in a folder within the run's, so that a second question costs nothing. Their answers stand for those of
the run's own network, which learned from about as many images.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from neocog.build import choose_device
from neocog.core import config
from neocog.core.run import MODEL, RECIPE, RunFolder
from neocog.data import Progress, load, prepared
from neocog.model import Trial, seen, trial
from neocog.model import load as load_model
from neocog.studies.folds import fold_parts
from neocog.studies.parts import trained
from neocog.train import Event, Recipe


def fold_trial(
    run: Path,
    folds: int,
    show: Callable[[str, Event], None] = lambda _, __: None,
    progress: Progress | None = None,
) -> Trial:
    """Train so many networks on parts of a run's training and validation images, and ask each for the rest.

    `show` is told every event, with a title of the training that it is of. Raises what `train` raises.
    """
    recipe = config.from_toml(Recipe, RunFolder(run).read_text(RECIPE), str(run / RECIPE))
    parts, out = fold_parts(recipe, folds), run / f"folds-{folds}"
    for part, event in trained(parts, out, progress=progress):
        show(f"training {part.recipe.data.fold} of {folds}, {part.name}", event)
    trials = []
    for part in parts:
        data = load(part.recipe.data, progress)
        model = load_model(out / part.name / MODEL)
        rows = data.rows("val")
        images = prepared(
            data.table, data.scan, rows, model.preprocessing, cache_gb=data.options.cache_gb, progress=progress
        )
        device = choose_device(part.recipe.compute.device)
        found = seen(model, images, model.module().to(device), device=device)
        trials.append(trial(model, found, data.targets(rows)))
    return Trial(
        logits=np.concatenate([each.logits for each in trials]),
        targets=np.concatenate([each.targets for each in trials]),
        strange=np.concatenate([each.strange for each in trials]),
    )
