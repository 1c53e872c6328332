"""The network as a value: layers, shapes, cost, receptive field and text. Nothing heavier than the standard library."""

from neocog.network.activations import GELU, Identity, LeakyReLU, ReLU, ReLU6, Sigmoid, Sign, Softmax, Tanh
from neocog.network.adapt import adapt
from neocog.network.checks import Fit
from neocog.network.composites import (
    Add,
    Branches,
    Composite,
    Concat,
    DenseBlock,
    Graph,
    Node,
    Repeat,
    Residual,
    Sequence,
)
from neocog.network.cost import Cost, cost, step_cost
from neocog.network.graph import INPUT, MAX_LEAVES, Network, Step, find, outputs, walk
from neocog.network.layers import (
    LAYERS,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Layer,
    LayerNorm,
    Leaf,
    LocalResponseNorm,
    MaxPool,
    Shape,
)
from neocog.network.receptive_field import Extent, receptive_field, receptive_fields
from neocog.network.shapes import shapes
from neocog.network.shortcuts import LayerScale, PadChannels, StochasticDepth
from neocog.network.sums import Sum
from neocog.network.table import Row, Table, table
from neocog.network.text import parse, read_network
from neocog.network.windows import Window

__all__ = [
    "GELU",
    "INPUT",
    "LAYERS",
    "MAX_LEAVES",
    "Add",
    "AvgPool",
    "BatchNorm",
    "Branches",
    "Composite",
    "Concat",
    "Conv",
    "Cost",
    "Dense",
    "DenseBlock",
    "Dropout",
    "Extent",
    "Fit",
    "Flatten",
    "GlobalAvgPool",
    "Graph",
    "Identity",
    "Layer",
    "LayerNorm",
    "LayerScale",
    "Leaf",
    "LeakyReLU",
    "LocalResponseNorm",
    "MaxPool",
    "Network",
    "Node",
    "PadChannels",
    "ReLU",
    "ReLU6",
    "Repeat",
    "Residual",
    "Row",
    "Sequence",
    "Shape",
    "Sigmoid",
    "Sign",
    "Softmax",
    "Step",
    "StochasticDepth",
    "Sum",
    "Table",
    "Tanh",
    "Window",
    "adapt",
    "cost",
    "find",
    "outputs",
    "parse",
    "read_network",
    "receptive_field",
    "receptive_fields",
    "shapes",
    "step_cost",
    "table",
    "walk",
]
