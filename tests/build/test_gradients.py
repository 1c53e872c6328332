"""The gradient of every leaf, held against finite differences in float64."""

import pytest
import torch
from torch import nn

from neocog.build import build
from neocog.network import (
    GELU,
    LAYERS,
    Add,
    Affine,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    Graph,
    Identity,
    Layer,
    LayerNorm,
    LayerScale,
    Leaf,
    LeakyReLU,
    LocalResponseNorm,
    Log,
    Maxout,
    MaxPool,
    Network,
    Node,
    PadChannels,
    RadialBasis,
    ReLU,
    ReLU6,
    Sequence,
    Shape,
    Sigmoid,
    Sign,
    Softmax,
    StochasticDepth,
    SumPool,
    TableConv,
    Tanh,
    Tokens,
    Unpool,
    Upsample,
)


def merged(layer: Layer, first: Layer, second: Layer) -> Graph:
    """A layer that reads two maps, each made from the input."""
    return Graph(Node("a", first), Node("b", second, inputs="input"), Node("both", layer, inputs=("a", "b")))


MAP, ROW, WORDS = (4, 3, 4), (6,), Tokens(3, 5)
CASES: dict[str, list[tuple[Shape | Tokens, Layer]]] = {
    "Conv": [(MAP, Conv(6, 3, stride=(1, 2), pad=((0, 1), (1, 1)), groups=2)), ((3, 6), Conv(2, 3, dilation=2))],
    "ConvTranspose": [(MAP, ConvTranspose(6, 3, 2, pad=1, groups=2, extra=1)), ((3, 4), ConvTranspose(2, 3, 3))],
    "TableConv": [(MAP, TableConv(((0, 3), (1,), (0, 1, 2)), 3, pad=1)), ((3, 4), TableConv(((2, 1), (0,)), 2))],
    "Dense": [(ROW, Dense(3))],
    "Embedding": [(WORDS, Embedding(3))],
    "RadialBasis": [(ROW, RadialBasis(("011010", "110001", "000111")))],
    "MaxPool": [(MAP, MaxPool(2, stride=1, pad=((1, 0), (0, 1)))), (MAP, MaxPool(2, fit="ceil"))],
    "AvgPool": [(MAP, AvgPool(3, 2, pad=((0, 2), (1, 0)), counts_pad=False)), ((3, 4), AvgPool(2))],
    "SumPool": [(MAP, SumPool(3, 2, pad=1, fit="ceil")), ((3, 4), SumPool(2))],
    "GlobalAvgPool": [(MAP, GlobalAvgPool())],
    "GlobalMaxPool": [(MAP, GlobalMaxPool()), ((3, 4), GlobalMaxPool())],
    "Upsample": [(MAP, Upsample(2)), (MAP, Upsample((2, 3), mode="bilinear"))],
    "Unpool": [(MAP, merged(Unpool(2), Conv(4, 2, 2), Identity())), (MAP, merged(Unpool(2, 1), MaxPool(2, 1), Tanh()))],
    "Crop": [(MAP, merged(Crop(), Tanh(), Conv(2, 3))), (MAP, merged(Crop((2, 0)), Tanh(), Conv(2, 3)))],
    "Add": [(MAP, merged(Add(), Tanh(), Sigmoid()))],
    "Concat": [(MAP, merged(Concat(), Tanh(), Conv(2, 1)))],
    "Flatten": [(MAP, Flatten())],
    "Dropout": [(MAP, Dropout(0.3))],
    "StochasticDepth": [(MAP, StochasticDepth(0.3))],
    "BatchNorm": [(MAP, BatchNorm()), (ROW, BatchNorm())],
    "LayerNorm": [(MAP, LayerNorm()), (ROW, LayerNorm())],
    "LocalResponseNorm": [(MAP, LocalResponseNorm(3, alpha=0.3))],
    "LayerScale": [(MAP, LayerScale())],
    "Affine": [(MAP, Affine()), (ROW, Affine())],
    "PadChannels": [(MAP, PadChannels(6))],
    "Maxout": [(MAP, Maxout(2)), (ROW, Maxout(3))],
    "Identity": [(MAP, Identity())],
    "ReLU": [(MAP, ReLU())],
    "ReLU6": [(MAP, ReLU6())],
    "LeakyReLU": [(MAP, LeakyReLU(0.2))],
    "GELU": [(MAP, GELU())],
    "Sigmoid": [(MAP, Sigmoid())],
    "Tanh": [(MAP, Tanh()), (MAP, Tanh(1.7159, slope=2 / 3))],
    "Softmax": [(MAP, Softmax()), (ROW, Softmax())],
    "Log": [(ROW, Sequence(Softmax(), Log()))],
    "Sign": [(ROW, Sign())],
}  # fmt: skip


DIFFERS = ["BatchNorm", "Dropout", "StochasticDepth"]
"""What does not do the same in training and in predicting."""


def agrees(model: nn.Module, shape: Shape | Tokens) -> None:
    """By input and by every weight; what is random draws the same numbers for each difference."""
    generator = torch.Generator().manual_seed(0)

    def draw(*sides: int) -> torch.Tensor:
        return torch.randn(sides, generator=generator, dtype=torch.float64).requires_grad_()

    def run(given: torch.Tensor, *values: torch.Tensor) -> torch.Tensor:
        state = dict(zip(weights, values, strict=True)) | {key: value.clone() for key, value in model.named_buffers()}
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            result = torch.func.functional_call(model, state, (given,))
        assert isinstance(result, torch.Tensor)
        return result

    weights = {key: draw(*weight.shape) for key, weight in model.named_parameters()}
    words = isinstance(shape, Tokens)
    x = torch.randint(shape.vocabulary, (2, shape.length), generator=generator) if words else draw(2, *shape)
    assert run(x, *weights.values()).requires_grad
    assert torch.autograd.gradcheck(run, (x, *weights.values()))


@pytest.mark.parametrize("name", [name for name in LAYERS if issubclass(LAYERS[name], Leaf)])
def test_gradients_agree_with_finite_differences(name: str) -> None:
    for shape, layer in CASES[name]:
        model = build(Network(shape, (layer,), fit="floor")).double()
        agrees(model.eval(), shape)
        if name in DIFFERS:
            agrees(model.train(), shape)
