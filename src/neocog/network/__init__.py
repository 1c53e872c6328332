"""The network as a value: layers, shapes, cost, receptive field and text. Nothing heavier than the standard library."""

from neocog.network.activations import GELU, Identity, LeakyReLU, Log, Maxout, ReLU, ReLU6, Sigmoid, Sign, Softmax, Tanh
from neocog.network.adapt import adapt
from neocog.network.checks import Fit
from neocog.network.classic import Affine, RadialBasis, TableConv
from neocog.network.composites import (
    MAX_STEPS,
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
from neocog.network.drawing import svg
from neocog.network.footprint import Footprint
from neocog.network.formulas import Formulas, formulas
from neocog.network.graph import INPUT, Network, Step, find, outputs, walk
from neocog.network.layers import (
    LAYERS,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    Leaf,
    LocalResponseNorm,
    Shape,
)
from neocog.network.memory import Memory, Precision, memory
from neocog.network.pools import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool, Pool, SumPool
from neocog.network.prefix import prefix
from neocog.network.receptive_field import Extent, receptive_field, receptive_fields
from neocog.network.sequences import Embedding, Tokens
from neocog.network.shapes import shapes
from neocog.network.shortcuts import LayerScale, PadChannels, StochasticDepth
from neocog.network.sums import Sum
from neocog.network.table import BATCH, OPTIMIZER, Row, Table, fold, table
from neocog.network.text import Written, parse, parse_written, read_network
from neocog.network.upsampling import ConvTranspose, Crop, Unpool, Upsample
from neocog.network.windows import Window

__all__ = [
    "BATCH",
    "GELU",
    "INPUT",
    "LAYERS",
    "MAX_STEPS",
    "OPTIMIZER",
    "Add",
    "Affine",
    "AvgPool",
    "BatchNorm",
    "Branches",
    "Composite",
    "Concat",
    "Conv",
    "ConvTranspose",
    "Cost",
    "Crop",
    "Dense",
    "DenseBlock",
    "Dropout",
    "Embedding",
    "Extent",
    "Fit",
    "Flatten",
    "Footprint",
    "Formulas",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "Graph",
    "Identity",
    "Layer",
    "LayerNorm",
    "LayerScale",
    "Leaf",
    "LeakyReLU",
    "LocalResponseNorm",
    "Log",
    "MaxPool",
    "Maxout",
    "Memory",
    "Network",
    "Node",
    "PadChannels",
    "Pool",
    "Precision",
    "RadialBasis",
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
    "SumPool",
    "Table",
    "TableConv",
    "Tanh",
    "Tokens",
    "Unpool",
    "Upsample",
    "Window",
    "Written",
    "adapt",
    "cost",
    "find",
    "fold",
    "formulas",
    "memory",
    "outputs",
    "parse",
    "parse_written",
    "prefix",
    "read_network",
    "receptive_field",
    "receptive_fields",
    "shapes",
    "step_cost",
    "svg",
    "table",
    "walk",
]
