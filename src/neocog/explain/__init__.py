"""What a network sees: heat maps that are checked, its units and what excites them, and the space of its codes.

What draws is loaded when it is first asked for.
"""

import importlib as _importlib
import typing as _typing

from neocog.explain.checks import Check, check
from neocog.explain.deconvolution import deconvolution
from neocog.explain.embedding import Embedding, pca, tsne
from neocog.explain.explained import Explained, explain
from neocog.explain.features import Features, features, layers
from neocog.explain.fields import Box, Field, cut, fields
from neocog.explain.filters import Filters, filters
from neocog.explain.gradcam import grad_cam
from neocog.explain.gradient_input import gradient_input
from neocog.explain.guided import guided_backpropagation
from neocog.explain.integrated import integrated
from neocog.explain.last_convolution import last_convolution
from neocog.explain.layercam import layer_cam
from neocog.explain.likeness import rank_correlation
from neocog.explain.methods import METHODS, Method, method
from neocog.explain.nearest import nearest_images
from neocog.explain.occlusion import occlusion
from neocog.explain.ordering import Curve, cells, curve, random_curves
from neocog.explain.patches import Patch, TopPatches
from neocog.explain.preferred import Preferred, preferred
from neocog.explain.question import Target, settled
from neocog.explain.randomization import Randomization, randomization
from neocog.explain.saliency import saliency
from neocog.explain.sentences import sentence_sheet
from neocog.explain.sheets import Row, Sheet, abreast, filter_sheet, nearest_sheet
from neocog.explain.smooth import smooth_grad
from neocog.explain.statistics import UnitStatistics
from neocog.explain.survey import Survey, survey
from neocog.explain.unit_sheet import unit_sheet

if _typing.TYPE_CHECKING:
    from neocog.explain.plane import map_sheet
    from neocog.explain.render import Scene, contact_sheet, over, page

_LATER = {**dict.fromkeys(("Scene", "contact_sheet", "over", "page"), "render"), "map_sheet": "plane"}
"""The files of the names that are loaded on demand."""

__all__ = [
    "METHODS",
    "Box",
    "Check",
    "Curve",
    "Embedding",
    "Explained",
    "Features",
    "Field",
    "Filters",
    "Method",
    "Patch",
    "Preferred",
    "Randomization",
    "Row",
    "Scene",
    "Sheet",
    "Survey",
    "Target",
    "TopPatches",
    "UnitStatistics",
    "abreast",
    "cells",
    "check",
    "contact_sheet",
    "curve",
    "cut",
    "deconvolution",
    "explain",
    "features",
    "fields",
    "filter_sheet",
    "filters",
    "grad_cam",
    "gradient_input",
    "guided_backpropagation",
    "integrated",
    "last_convolution",
    "layer_cam",
    "layers",
    "map_sheet",
    "method",
    "nearest_images",
    "nearest_sheet",
    "occlusion",
    "over",
    "page",
    "pca",
    "preferred",
    "random_curves",
    "randomization",
    "rank_correlation",
    "saliency",
    "sentence_sheet",
    "settled",
    "smooth_grad",
    "survey",
    "tsne",
    "unit_sheet",
]


def __getattr__(name: str) -> _typing.Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_importlib.import_module(f"neocog.explain.{_LATER[name]}"), name)
