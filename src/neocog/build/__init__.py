"""From a network to a torch module: built, initialized, tapped, and loaded with weights from elsewhere."""

from neocog.build.cut import cuts, last_cut, rest
from neocog.build.device import choose_device, seed_device
from neocog.build.initializers import INITIALIZERS, Rule
from neocog.build.layers import MODULES, Part
from neocog.build.module import build
from neocog.build.pool_first import pool_first
from neocog.build.taps import OUTPUT, tap_names, tapped, uncompiled
from neocog.build.timm import Timm
from neocog.build.weights import Loaded, load_weights, read_weights

__all__ = [
    "INITIALIZERS",
    "MODULES",
    "OUTPUT",
    "Loaded",
    "Part",
    "Rule",
    "Timm",
    "build",
    "choose_device",
    "cuts",
    "last_cut",
    "load_weights",
    "pool_first",
    "read_weights",
    "rest",
    "seed_device",
    "tap_names",
    "tapped",
    "uncompiled",
]
