"""The examples worked by hand, done by torch through the package's own layers, in double precision."""

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lecture_numbers.reckon import Answer, number
from neocog.build import build
from neocog.evaluate import accuracy, confusion, per_class
from neocog.network import (
    BatchNorm,
    Conv,
    Dense,
    Layer,
    MaxPool,
    Network,
    Shape,
    Sigmoid,
    Softmax,
    Tanh,
)

Matrix: TypeAlias = Sequence[Sequence[float]]


def module(input: Shape, *layers: Layer, **weights: object) -> nn.Module:
    """Layers as a module in double precision, with weights put in: `conv1_weight=...`; their biases are 0."""
    made = build(Network(input, layers)).double()
    state = made.state_dict()
    for key, given in weights.items():
        path = key.replace("_", ".")
        state[path] = torch.tensor(given, dtype=torch.float64).reshape(state[path].shape)
    made.load_state_dict(state)
    return made


def image(matrix: Matrix) -> Tensor:
    """A batch of one image of one channel: N C H W."""
    return torch.tensor(matrix, dtype=torch.float64)[None, None]


def written(map_: Tensor) -> Answer:
    """A map as rows in brackets; whole numbers without a point."""
    rows = [[int(each) if each == int(each) else each for each in row] for row in map_.tolist()]
    shown = "[" + ", ".join("[" + ", ".join(map(number, row)) + "]" for row in rows) + "]"
    return Answer(tuple(each for row in rows for each in row), shown)


def beside(matrices: Mapping[str, Matrix]) -> str:
    """Matrices side by side under their names, as a block of text in Markdown."""
    columns = []
    for name, rows in matrices.items():
        lines = [name, *(" ".join(f"{each:2g}" for each in row) for row in rows)]
        width = max(map(len, lines))
        tallest = max(map(len, matrices.values())) + 1
        columns.append([line.rjust(width) for line in [*lines, *[""] * (tallest - len(lines))]])
    drawn = ("    ".join(parts).rstrip() for parts in zip(*columns, strict=True))
    return "\n".join(["```text", *drawn, "```"])


def convolved(pixels: Matrix, filter_: Matrix, stride: int = 1, pool: int = 0) -> Answer:
    """An image through one filter without bias, then a maximum pool if asked for; the sum is of the first corner."""
    side = len(pixels)
    layers: list[Layer] = [Conv(1, len(filter_), stride=stride, fit="floor")]
    layers += [MaxPool(pool)] if pool else []
    made = module((1, side, side), *layers, conv1_weight=filter_)
    answer = written(made(image(pixels)).detach()[0, 0])
    corner = [(pixels[row][column], weight) for row, line in enumerate(filter_) for column, weight in enumerate(line)]
    products = [pixel * weight for pixel, weight in corner if pixel]
    first = f"first corner {_added(products)} = {sum(products):g}"
    windows = f"largest of each {pool}x{pool}" if pool else first
    return Answer(answer.numbers, answer.shown, windows)


def _added(terms: Sequence[float]) -> str:
    return " ".join([f"{terms[0]:g}", *(f"{'-' if term < 0 else '+'} {abs(term):g}" for term in terms[1:])])


def pooled(pixels: Matrix, pool: Layer) -> Answer:
    """An image through a pool; the sum is that of the first window."""
    side = len(pixels)
    answer = written(module((1, side, side), pool)(image(pixels)).detach()[0, 0])
    corner = [pixels[row][column] for row in range(2) for column in range(2)]
    added = f"({' + '.join(map(number, corner))})/{len(corner)} = {sum(corner) / len(corner):g}"
    largest = f"the largest of {', '.join(map(number, corner))} is {max(corner):g}"
    return Answer(answer.numbers, answer.shown, largest if isinstance(pool, MaxPool) else added)


def hinge(*examples: tuple[Sequence[float], int], scale: float = 1.0) -> Answer:
    """The multiclass SVM loss with margin 1, the mean over examples of (scores, true class), by torch."""
    scores = torch.tensor([scores for scores, _ in examples], dtype=torch.float64) * scale
    truth = torch.tensor([label for _, label in examples])
    # torch divides the sum over classes by their number
    losses = functional.multi_margin_loss(scores, truth, margin=1.0, reduction="none") * scores.shape[1]
    terms = [
        " + ".join(
            f"max(0, {other:g} {'+' if row[label] < 0 else '-'} {abs(row[label]):g} + 1)"
            for place, other in enumerate(row)
            if place != label
        )
        for row, label in zip(scores.tolist(), truth.tolist(), strict=True)
    ]
    mean = float(losses.mean())
    several = f"({' + '.join(f'{loss:g}' for loss in losses.tolist())})/{len(examples)}"
    return Answer((mean,), f"{mean:.4g}", several if len(examples) > 1 else terms[0])


def plus_minus_hinge(labels: Sequence[float], outputs: Sequence[float]) -> Answer:
    """The sum over outputs of max(0, 1 - label * output)."""
    targets, given = torch.tensor(labels, dtype=torch.float64), torch.tensor(outputs, dtype=torch.float64)
    came = float((1 - targets * given).clamp(min=0).sum())
    terms = [f"max(0, 1 - {label:g} × {output:g})" for label, output in zip(labels, outputs, strict=True)]
    return Answer((came,), f"{came:g}", " + ".join(terms))


def softmax(scores: Sequence[float]) -> Answer:
    """Scores to probabilities by the layer."""
    probabilities = module((len(scores),), Softmax())(torch.tensor([scores], dtype=torch.float64))[0].tolist()
    exponentials = [math.exp(score) for score in scores]
    text = f"{exponentials[0]:.1f} / ({' + '.join(f'{each:.4g}' for each in exponentials)}) = {probabilities[0]:.4f}"
    return Answer(tuple(probabilities), ", ".join(f"{each:.4f}" for each in probabilities), text)


def exponentials(scores: Sequence[float]) -> Answer:
    """e to the power of each score."""
    came = torch.tensor(scores, dtype=torch.float64).exp().tolist()
    return Answer(tuple(came), ", ".join(f"{each:.4g}" for each in came), ", ".join(f"e^{score}" for score in scores))


def rates(hits: int, false_alarms: int, misses: int, rejections: int) -> tuple[Answer, Answer, Answer]:
    """Accuracy, true-positive rate and false-positive rate of as many samples, by the package's measures."""
    truth = np.repeat([1, 0, 1, 0], [hits, false_alarms, misses, rejections])
    answers = np.repeat([1, 1, 0, 0], [hits, false_alarms, misses, rejections])
    probabilities = np.eye(2)[answers]
    negative, positive = per_class(confusion(truth, probabilities))
    assert negative.recall is not None and positive.recall is not None, "both classes have samples"
    right, false_positive = accuracy(truth, probabilities).value, 1 - negative.recall.value
    return (
        Answer((right,), f"{right:g}", f"({hits} + {rejections})/{len(truth)}"),
        Answer((positive.recall.value,), f"{positive.recall.value:.4f}", f"{hits}/({hits} + {misses})"),
        Answer((false_positive,), f"{false_positive:.4f}", f"{false_alarms}/({false_alarms} + {rejections})"),
    )


def penalties(weights: Sequence[float], power: int) -> Answer:
    """The sum of squares (`power` 2) or of absolute values (1)."""
    came = float(torch.tensor(weights, dtype=torch.float64).abs().pow(power).sum())
    terms = [f"{weight:g}{'²' if power == 2 else ''}" for weight in weights]
    return Answer((came,), f"{came:g}", " + ".join(terms))


def weighed(weights: Sequence[float], input: Sequence[float]) -> Answer:
    """One dense neuron without bias."""
    neuron = module((len(input),), Dense(1, bias=False), dense1_weight=weights)
    came = neuron(torch.tensor([input], dtype=torch.float64)).item()
    return Answer((came,), f"{came:g}", " + ".join(f"{a:g} × {b:g}" for a, b in zip(weights, input, strict=True)))


def tanh(x: float) -> Answer:
    """The hyperbolic tangent by the layer."""
    came = float(module((1,), Tanh())(torch.tensor([[x]], dtype=torch.float64)))
    return Answer((came,), f"{came:.8f}", f"tanh({x:g})")


def sigmoid_slope(x: float) -> Answer:
    """The slope of the sigmoid by automatic differentiation."""
    at = torch.tensor([[x]], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(module((1,), Sigmoid())(at).sum(), at)
    return Answer((float(slope),), f"{float(slope):.8f}", "by torch's differentiation")


FIRST, SECOND, THIRD = [[0.1, 0.2], [0.3, 0.4]], [[0.5, 0.6], [0.7, 0.8]], [[0.9, 1.0]]
"""Weights of the small network with which the chain rule is checked: two inputs, two, two and one units."""


def first_weight_slope(input: Sequence[float], target: float) -> Answer:
    """The slope of half the squared error by the very first weight, by automatic differentiation."""
    layers = (Dense(2, bias=False), Sigmoid(), Dense(2, bias=False), Sigmoid(), Dense(1, bias=False))
    made = module((2,), *layers, dense1_weight=FIRST, dense2_weight=SECOND, dense3_weight=THIRD)
    loss = 0.5 * (made(torch.tensor([input], dtype=torch.float64)) - target).pow(2).sum()
    (slope,) = torch.autograd.grad(loss, made.get_parameter("dense1.weight"))
    return Answer((float(slope[0, 0]),), f"{float(slope[0, 0]):.8f}", "by torch's differentiation")


def chain_rule(input: Sequence[float], target: float) -> float:
    """The same by the lecture's chain of factors."""

    def sigmoid(z: float) -> float:
        return 1 / (1 + math.exp(-z))

    def slope(z: float) -> float:
        return sigmoid(z) * (1 - sigmoid(z))

    def through(rows: Matrix, read: Sequence[float]) -> list[float]:
        return [sum(weight * each for weight, each in zip(row, read, strict=True)) for row in rows]

    first = through(FIRST, input)
    second = through(SECOND, [sigmoid(z) for z in first])
    (output,) = through(THIRD, [sigmoid(z) for z in second])
    behind = sum(THIRD[0][unit] * slope(second[unit]) * SECOND[unit][0] for unit in range(2))
    return (output - target) * behind * slope(first[0]) * input[0]


FILTER = [[11.0, 12.0, 13.0], [21.0, 22.0, 23.0], [31.0, 32.0, 33.0]]
"""The 3x3 filter of the up-convolution example, each weight called by its row and column."""
ARRIVING = [[1.0, 2.0], [3.0, 4.0]]
"""A slope for each of the four outputs."""


def input_slopes() -> Answer:
    """The slope by the first two inputs of a convolution of 4x4 to 2x2, by automatic differentiation."""
    at = torch.zeros(1, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    output = module((1, 4, 4), Conv(1, 3), conv1_weight=FILTER)(at)
    (slopes,) = torch.autograd.grad(output, at, image(ARRIVING))
    first, second = slopes[0, 0, 0, :2].tolist()
    return Answer((first, second), f"{first:g}, {second:g}", "by torch's differentiation")


def renormalized(batch: Sequence[float]) -> Answer:
    """Batch normalization whose scale is the batch's own deviation and whose offset is its mean."""
    given = torch.tensor(batch, dtype=torch.float64)
    scale, offset = given.std(correction=0).item(), given.mean().item()
    made = module((1,), BatchNorm(), norm1_weight=scale, norm1_bias=offset)
    came = made(given[:, None]).detach()[:, 0].tolist()
    return Answer(tuple(came), ", ".join(f"{each:.6f}" for each in came), f"scale {scale:.4g}, offset {offset:g}")


def one_hot(words: int) -> Answer:
    """The length of a word's one-hot vector and the zeros in it."""
    vector = functional.one_hot(torch.tensor(0), words)
    zeros = int((vector == 0).sum())
    return Answer((len(vector), zeros), f"{len(vector):,}; {zeros:,}", f"{words:,} - 1")
