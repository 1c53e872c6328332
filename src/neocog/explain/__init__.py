"""What a network sees: heat maps that are checked, its units and what excites them, and the space of its codes."""

from neocog.explain.embedding import Embedding, pca, tsne
from neocog.explain.features import Features, features, layers
from neocog.explain.fields import Box, Field, cut, fields
from neocog.explain.filters import Filters, filters
from neocog.explain.nearest import nearest_images
from neocog.explain.patches import Patch, TopPatches
from neocog.explain.preferred import Preferred, preferred
from neocog.explain.statistics import UnitStatistics
from neocog.explain.survey import Survey, survey
from neocog.explain.unit_sheet import unit_sheet

__all__ = [
    "Box",
    "Embedding",
    "Features",
    "Field",
    "Filters",
    "Patch",
    "Preferred",
    "Survey",
    "TopPatches",
    "UnitStatistics",
    "cut",
    "features",
    "fields",
    "filters",
    "layers",
    "nearest_images",
    "pca",
    "preferred",
    "survey",
    "tsne",
    "unit_sheet",
]
