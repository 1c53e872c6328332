"""The network as a value: layers, shapes, cost, receptive field and text. Nothing heavier than the standard library."""

from neocog.network.activations import Identity, LeakyReLU, ReLU, Sigmoid, Sign, Softmax, Tanh
from neocog.network.adapt import adapt
from neocog.network.checks import Fit
from neocog.network.composites import Add, Branches, Composite, Concat, Graph, Node, Repeat, Residual, Sequence
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
    Leaf,
    LocalResponseNorm,
    MaxPool,
    Shape,
)
from neocog.network.receptive_field import Extent, receptive_field, receptive_fields
from neocog.network.shapes import shapes
from neocog.network.shortcuts import PadChannels
from neocog.network.table import Row, Table, table
from neocog.network.text import parse, read_network
from neocog.network.windows import Window

__all__ = [
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
    "Dropout",
    "Extent",
    "Fit",
    "Flatten",
    "GlobalAvgPool",
    "Graph",
    "Identity",
    "Layer",
    "Leaf",
    "LeakyReLU",
    "LocalResponseNorm",
    "MaxPool",
    "Network",
    "Node",
    "PadChannels",
    "ReLU",
    "Repeat",
    "Residual",
    "Row",
    "Sequence",
    "Shape",
    "Sigmoid",
    "Sign",
    "Softmax",
    "Step",
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
