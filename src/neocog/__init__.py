"""Neocog: a glass-box workbench for convolutional networks.

Point it at labelled images: it trains a network, tells you how far to trust it, shows you what every layer sees, and
ships it as one file. `import neocog` is light: a room, and torch with it, is loaded when a name of it is first used.

The public names are the rooms and the values that pass between them. What a room does is in the room, because a
function `neocog.train` would hide the room of that name:

    from neocog.data import DataOptions
    from neocog.evaluate import evaluate
    from neocog.train import train

    recipe = neocog.Recipe(data=DataOptions(path="digits"))
    for event in train(recipe, Path("runs/first")):
        print(event)
    print(evaluate("runs/first").verdict)

>>> import neocog
>>> neocog.zoo.network("lenet5").input
(1, 32, 32)
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neocog import build, data, evaluate, explain, model, network, recipes, studies, studio, train, transfer, zoo
    from neocog.core.errors import NeocogError
    from neocog.data import Dataset
    from neocog.evaluate import Report
    from neocog.model import Model, Prediction
    from neocog.network import Network
    from neocog.train import Event, Recipe

__version__ = "0.1.0"

__all__ = [
    "Dataset",
    "Event",
    "Model",
    "NeocogError",
    "Network",
    "Prediction",
    "Recipe",
    "Report",
    "build",
    "data",
    "evaluate",
    "explain",
    "model",
    "network",
    "recipes",
    "studies",
    "studio",
    "train",
    "transfer",
    "zoo",
]

_HOMES = {
    "Dataset": "neocog.data",
    "Event": "neocog.train",
    "Model": "neocog.model",
    "NeocogError": "neocog.core.errors",
    "Network": "neocog.network",
    "Prediction": "neocog.model",
    "Recipe": "neocog.train",
    "Report": "neocog.evaluate",
}
"""Where the values are defined; every other public name is a room."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'neocog' has no attribute {name!r}")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    return importlib.import_module(f"neocog.{name}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
