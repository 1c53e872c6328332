"""One sitting of a run: its data as arrays, its plan for the loop, the state before the first step, the model after it.

All of it follows from the resolved recipe and the data; the run folder is no part of it. So the same serves a run, a
range test, and whoever trains many times without a folder:

    model = fit(Recipe(data=DataOptions(path="digits")), dataset)
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from neocog.build import build, rest
from neocog.core.errors import DivergedError, RecipeError, RunError
from neocog.data import (
    Dataset,
    Images,
    Preprocessing,
    Progress,
    Targets,
    beyond,
    fitted,
    prepared,
    prepared_masks,
    squashed,
    squashed_masks,
)
from neocog.model import (
    Keeping,
    Labelled,
    Model,
    Scale,
    acquainted,
    calibrated,
    fit_scale,
    seen,
    trial,
    weights_digest,
    weights_of,
)
from neocog.train.batches import TrainingSet, Validation
from neocog.train.card import Verdict, judge, judge_masks, make_card
from neocog.train.checkpoint import State
from neocog.train.compute import place, prepare_machine
from neocog.train.distributed import ALONE, Group
from neocog.train.frozen import Frozen, frozen_path
from neocog.train.headline import Headline, headline_of
from neocog.train.loop import NotFinite, Plan, loop
from neocog.train.losses import balance, make_loss
from neocog.train.optimizers import make_optimizer
from neocog.train.pixels import MeanIoU
from neocog.train.range_test import find_rate
from neocog.train.recipe import Recipe
from neocog.train.resolve import Resolved, initialize, resolve
from neocog.train.verdicts import blank, blank_of_masks


@dataclass(frozen=True)
class Sitting:
    """What one sitting of a run works on: the resolved recipe, the data as arrays, and how the loop is to go."""

    resolved: Resolved
    dataset: Dataset
    training: Labelled
    """The training images as they are, not augmented."""
    validation: Validation
    """On images, for the verdict on the whole network; the plan's own may be on codes."""
    plan: Plan
    frozen: Frozen | None
    """The part of the network whose codes take the place of the images; None where images are trained on."""
    notes: tuple[str, ...]
    """What to say before the first step."""
    scale: Scale | None = None
    """What the network's outputs mean in the numbers' own units, where numbers are learned."""


def fit(recipe: Recipe, dataset: Dataset, progress: Progress | None = None) -> Model:
    """Train by a recipe on a data set that is loaded already, without a run folder; returns the model.

    Raises `RecipeError`, `NetworkError` or `ModelFileError` as `train` does, `DivergedError` where the loss is no
    longer finite.
    """
    resolved = resolve(recipe, dataset)
    prepare_machine(resolved.recipe.compute)
    sitting = with_rate(sit(resolved, dataset, progress, ALONE))
    state, _ = begin(sitting, initial=True)
    try:
        for _ in loop(state, sitting.plan, lambda _: None):
            pass
    except NotFinite:
        raise DivergedError("training is no longer finite; take a lower rate with --set optimizer.rate") from None
    return result(sitting, state)[0]


def sit(resolved: Resolved, dataset: Dataset, progress: Progress | None, group: Group) -> Sitting:
    """Prepare the images, or the codes of a frozen part, and plan the loop.

    Raises `RunError` where the weights to start from are not those that the recipe was resolved with.
    """
    recipe = resolved.recipe
    assert not isinstance(recipe.batch, str) and recipe.epochs != "auto", "the recipe is resolved"
    table, scan, cache_gb = dataset.table, dataset.scan, recipe.data.cache_gb
    rows, val_rows = dataset.rows("train"), dataset.rows("val")
    plain = resolved.preprocessing
    images = prepared(table, scan, rows, plain, cache_gb=cache_gb, progress=progress)
    worked_on = [images]
    preprocessing = plain
    if resolved.measured:
        preprocessing = fitted(plain, images, progress, name=table.name, cache_gb=cache_gb)
    validation_images = prepared(table, scan, val_rows, plain, cache_gb=cache_gb, progress=progress)
    aspects = np.ones(len(rows), np.float32)
    if recipe.augment.geometric and isinstance(plain, Preprocessing) and plain.sound is None:
        inner = max(plain.size) - 2 * plain.border
        images, aspects = squashed(table, scan, rows, inner, plain.channels, cache_gb=cache_gb, progress=progress)
        worked_on.append(images)
    scan.decoded.clear()
    scale = _scale(dataset, recipe)
    validation_loss = make_loss(replace(recipe.loss, label_smoothing=0.0))
    targets: Targets | Images
    val_targets: Targets | Images
    if dataset.masks is not None:
        assert isinstance(plain, Preprocessing), "masks lie beside images"
        headline: Headline = MeanIoU(len(dataset.classes))
        targets, val_targets = _masks(dataset, plain, recipe)
        nothing = blank_of_masks(len(dataset.classes))
    else:
        headline = headline_of(dataset.task, recipe.loss.name)
        targets, val_targets = (
            each if scale is None else scale.learned(each) for each in map(dataset.targets, (rows, val_rows))
        )
        nothing = blank(validation_loss, val_targets, len(dataset.classes))
    training = TrainingSet(
        images=images,
        aspects=aspects,
        keys=dataset.sample_key(rows),
        targets=targets,
        preprocessing=preprocessing,
        augment=recipe.augment,
        seed=recipe.seed,
        batch=recipe.batch,
        compute=recipe.compute,
        classes=len(dataset.classes),
        regularize=recipe.regularize,
        sampling=recipe.sampling,
        group=group,
    )
    validation = Validation(
        images=validation_images,
        targets=val_targets,
        preprocessing=preprocessing,
        batch=max(recipe.batch, 64),
        compute=recipe.compute,
        loss=validation_loss,
        headline=headline,
        group=group,
    )
    balanced = recipe.loss.class_weights == "balanced"
    weights = (
        balance(dataset.targets(rows).astype(np.int64), training.classes).to(recipe.compute.device)
        if balanced
        else None
    )
    plan = Plan(
        recipe=recipe,
        epochs=recipe.epochs,
        batch=recipe.batch,
        steps=len(rows) // recipe.batch,
        batches=training.batches,
        loss=make_loss(recipe.loss, weights),
        validation=validation,
        validation_images=len(val_rows),
        group=group,
        blank=nothing,
        measure=headline.name,
    )
    sitting = Sitting(
        resolved=resolved,
        dataset=dataset,
        training=Labelled(worked_on[0], dataset.targets(rows)),
        validation=validation,
        plan=plan,
        frozen=None,
        notes=(beyond((*worked_on, validation_images), cache_gb),),
        scale=scale,
    )
    return _on_codes(sitting, training, progress) if recipe.optimizer.freeze else sitting


def with_rate(sitting: Sitting) -> Sitting:
    """The same with a learning rate that a range test has found, where the recipe asks for one."""
    plan, resolved = sitting.plan, sitting.resolved
    if plan.recipe.optimizer.rate != "find":
        return sitting
    found = find_rate(plan, lambda recipe: begin(_of_recipe(sitting, recipe), initial=True)[0])
    recipe = replace(plan.recipe, optimizer=replace(plan.recipe.optimizer, rate=found.rate))
    told = _of_recipe(sitting, recipe)
    return replace(told, resolved=replace(told.resolved, notes=(*resolved.notes, str(found))))


def begin(sitting: Sitting, initial: bool) -> tuple[State, str]:
    """The state before the first step, and what was loaded into it, in a sentence.

    Without `initial` no weights are loaded: a checkpoint will replace them.
    """
    recipe, resolved, frozen = sitting.plan.recipe, sitting.resolved, sitting.frozen
    drawn = build(resolved.network, recipe.seed, resolved.init)
    if frozen is None:
        loaded = initialize(drawn, resolved) if initial else ""
        module = place(drawn, recipe.compute)
    else:
        drawn.load_state_dict(frozen.module.state_dict())
        loaded = frozen.loaded
        module = place(rest(drawn, frozen.path), recipe.compute)
    kind = torch.float32 if recipe.compute.device.startswith("mps") else torch.float64
    loss_sum = torch.zeros((), dtype=kind, device=recipe.compute.device)
    state = State(module, make_optimizer(module, recipe.optimizer, whole=drawn), loss_sum)
    if recipe.regularize.average:
        mean = get_ema_multi_avg_fn(recipe.regularize.average)  # type: ignore[no-untyped-call]
        state.average = AveragedModel(module, multi_avg_fn=mean, use_buffers=True)
    return state, loaded


def result(sitting: Sitting, state: State) -> tuple[Model, Verdict]:
    """The model that a run ends with, both parts of the network joined, how far to trust it, and its figures.

    Judged on validation images, in float32.
    """
    recipe, resolved, dataset, validation = sitting.plan.recipe, sitting.resolved, sitting.dataset, sitting.validation
    device, preprocessing = recipe.compute.device, validation.preprocessing
    assert preprocessing is not None, "the verdict is on images"
    module = build(resolved.network)
    module.load_state_dict({**(sitting.frozen.weights if sitting.frozen else {}), **state.best})
    model = Model(
        network=resolved.network,
        weights=weights_of(module),
        classes=dataset.classes,
        preprocessing=preprocessing,
        task=dataset.task,  # type: ignore[arg-type]
        groups=dataset.table.groups,
        scale=sitting.scale,
    )
    module = module.to(device)
    found = seen(model, validation.images, module, device=device)
    if isinstance(validation.headline, MeanIoU):
        verdict = judge_masks(found.answers, validation.targets, validation.headline, state.at.best_loss)
    else:
        wanted = validation.targets
        assert isinstance(wanted, np.ndarray), "only masks lie in the cache"
        verdict = judge(found.logits, wanted, validation.headline, validation.loss)
    card = make_card(recipe, dataset, state.at.best_epoch, verdict)
    model = acquainted(replace(model, card=card), sitting.training, found, module, device)
    tried = trial(model, found, dataset.targets(dataset.rows("val")))
    return calibrated(model, tried, recipe.trust.error), verdict


def _masks(dataset: Dataset, preprocessing: Preprocessing, recipe: Recipe) -> tuple[Images, Images]:
    """The masks of the training and of the validation images, squashed or prepared as those are."""
    masks, table, cache_gb = dataset.masks, dataset.table, recipe.data.cache_gb
    assert masks is not None, "the targets are masks"
    rows, val_rows = dataset.rows("train"), dataset.rows("val")
    judged = prepared_masks(table, masks, val_rows, preprocessing, cache_gb=cache_gb)
    if not recipe.augment.geometric:
        return prepared_masks(table, masks, rows, preprocessing, cache_gb=cache_gb), judged
    inner = max(preprocessing.size) - 2 * preprocessing.border
    return squashed_masks(table, dataset.scan, masks, rows, inner, cache_gb=cache_gb), judged


def _scale(dataset: Dataset, recipe: Recipe) -> Scale | None:
    """What the network learns numbers as; None where it learns none."""
    if dataset.task != "number":
        return None
    numbers, counts = dataset.targets(dataset.rows("train")), recipe.loss.name == "poisson"
    if counts and numbers.min() < 0:
        raise RecipeError(
            f"loss.name=poisson is for counts, which are 0 or more, got {numbers.min():g}; take loss.name=mean_squared"
        )
    return fit_scale(numbers, log=counts)


def _on_codes(sitting: Sitting, training: TrainingSet, progress: Progress | None) -> Sitting:
    """The same on the codes of what is frozen, where those stay the same in all epochs and there is room for them."""
    recipe, resolved, dataset = sitting.plan.recipe, sitting.resolved, sitting.dataset
    whole = build(resolved.network, recipe.seed, resolved.init)
    path = frozen_path(whole, recipe)
    if path is None:
        return sitting
    frozen = Frozen(whole, path, initialize(whole, resolved))
    body = weights_digest(frozen.body)
    if recipe.transfer.body not in ("", body):
        raise RunError(
            f"the weights at {recipe.init} are not those that the run was begun with; bring those back, or begin a new "
            "run with another --out"
        )

    def codes(rows: NDArray[np.int64], of: TrainingSet | Validation) -> NDArray[Any] | None:
        hashes = [dataset.scan.hashes[row] for row in rows.tolist()]
        keeping = Keeping(
            name=dataset.table.name,
            hashes=hashes,
            device=recipe.compute.device,
            cache_gb=recipe.data.cache_gb,
            progress=progress,
        )
        assert of.preprocessing is not None, "images are prepared"
        return frozen.codes(of.images, of.preprocessing, keeping)

    learned, judged = codes(dataset.rows("train"), training), codes(dataset.rows("val"), sitting.validation)
    if learned is None or judged is None:
        return sitting
    validation = replace(sitting.validation, images=judged, preprocessing=None)
    batches = replace(training, images=learned, preprocessing=None).batches
    known = replace(recipe, transfer=replace(recipe.transfer, body=body))
    said = f"`{frozen.path}` and all before it are frozen: their codes are computed once, and the rest trains on them"
    plan = replace(sitting.plan, batches=batches, validation=validation)
    on_codes = replace(sitting, plan=plan, frozen=frozen, notes=(*sitting.notes, said))
    return _of_recipe(on_codes, known)


def _of_recipe(sitting: Sitting, recipe: Recipe) -> Sitting:
    return replace(
        sitting, plan=replace(sitting.plan, recipe=recipe), resolved=replace(sitting.resolved, recipe=recipe)
    )
