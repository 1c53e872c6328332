"""Whose inside is looked at: the model of a run, or the model file that the studio was opened with.

What looking needs is made once and kept until the file changes: the module, and the view that gives every layer.
"""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from torch import nn

from neocog.build import tapped
from neocog.core.errors import NetworkError, RunError
from neocog.core.run import MODEL, RunFolder
from neocog.explain import Field, fields, layers
from neocog.model import Model, load, require_classes
from neocog.network import walk
from neocog.studio.opened import Opened
from neocog.studio.stamps import Stamped


@dataclass(frozen=True, eq=False)
class Subject:
    """A model with all that it takes to look into it; equal to no other, so that it can name what was found in it."""

    name: str
    model: Model
    run: RunFolder | None
    """Its run, which knows the data; None for a model file that lies in none."""
    module: nn.Module
    """For requests, which only run it forward."""
    apart: nn.Module
    """For errands, which set hooks and change weights for a while."""
    layers: tuple[str, ...]
    """The single layers, in the order in which they are computed."""
    view: nn.Module
    """Gives them all in one pass."""
    fields: dict[str, Field]
    """What the units of each layer see."""
    kinds: dict[str, str]
    """What each layer is: `Conv`, `ReLU`."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Who computes with `module`: two at once would only slow each other down."""


_SUBJECTS: Stamped[Subject] = Stamped(most=4)
_MAKING = threading.Lock()


def subject(opened: Opened, run: str | None) -> Subject:
    """The model of a run, or without one the model file that was opened; raises `RunError` where there is none."""
    if run is not None:
        folder = opened.run(run)
        if not folder.has(MODEL):
            raise RunError(
                f"the run {run} has no model yet, which is there when its training is finished; wait, or resume it"
            )
        path = folder.path / MODEL
    elif opened.model is not None:
        folder, path = None, opened.model
    else:
        raise RunError("there is no model to look into; open a run first, or start neocog studio with a model file")
    with _MAKING:
        return _SUBJECTS.get(path.parent, [path.name], lambda: _made(path, folder))


def _made(path: Path, run: RunFolder | None) -> Subject:
    model = require_classes(load(path), "what each layer sees")
    module = model.module()
    found = layers(module)
    kinds = {step.path: type(step.layer).__name__ for step in walk(model.network)}
    try:
        seen = fields(model.network, found, model.pictured.size)
    except NetworkError:  # it sees the input in more ways than can be told apart
        seen = fields(None, found, model.pictured.size)
    return Subject(
        name=run.path.name if run else path.parent.name if path.name == MODEL else path.name,
        model=model,
        run=run,
        module=module,
        apart=model.module(),
        layers=found,
        view=tapped(module, found),
        fields=seen,
        kinds=kinds,
    )
