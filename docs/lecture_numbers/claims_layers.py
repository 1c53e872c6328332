"""The lectures' figures about single layers: sizes, weights, convolution and pooling by hand, losses, formulas."""

import math

from lecture_numbers.claim import Claim, Section
from lecture_numbers.reckon import (
    Answer,
    biases,
    one,
    ratio,
    shape,
    side,
    stack_field,
    step_macs,
    total,
    value,
    weights,
)
from lecture_numbers.tensors import (
    ARRIVING,
    FILTER,
    beside,
    chain_rule,
    convolved,
    exponentials,
    first_weight_slope,
    hinge,
    input_slopes,
    one_hot,
    penalties,
    plus_minus_hinge,
    pooled,
    rates,
    renormalized,
    sigmoid_slope,
    softmax,
    tanh,
    weighed,
)
from neocog.network import AvgPool, Conv, Dense, Flatten, MaxPool, Network, Sum, cost


def _layer(input: tuple[int, ...], layer: Conv) -> Answer:
    step = one(input, layer)
    return shape(step) + weights(step) + biases(step)


def _keeping(*filters: int) -> Answer:
    """The padding that gives back a map of 7, found by trying."""
    pads = [next(pad for pad in range(9) if one((1, 7, 7), Conv(1, size, pad=pad)).shape[1] == 7) for size in filters]
    sums = [f"({size} - 1)/2 = {pad}" for size, pad in zip(filters, pads, strict=True)]
    return Answer(tuple(pads), ", ".join(map(str, pads)), "; ".join(sums))


def _flat(input: tuple[int, ...]) -> Answer:
    return value(one(input, Flatten()).shape[0], " × ".join(map(str, input)), "features")


def _neuron(input: tuple[int, ...]) -> Answer:
    network = Network(input, (Flatten(), Dense(1, bias=False)))
    return value(cost(network).params, " × ".join(map(str, input)), "weights")


def _shared() -> Answer:
    step = one((1, 200, 200), Conv(10, 10, pad="same"))
    return value(math.prod(step.shape), " × ".join(map(str, step.shape)), "units") + weights(step)


def _scanned() -> Answer:
    convolution = one((1, 32, 32), Conv(6, 5))
    places = math.prod(convolution.shape[1:])
    return ratio(places * step_macs(one((25,), Dense(6))), step_macs(convolution))


def _weights(channels: int, *layers: Conv) -> Answer:
    """The weights of convolutions, one after the other."""
    first, *others = [weights(one((inward, 9, 9), layer)) for inward, layer in _chain(channels, layers)]
    return sum(others, first)


def _together(channels: int, *layers: Conv) -> Answer:
    counts = [int(weights(one((inward, 9, 9), layer)).numbers[0]) for inward, layer in _chain(channels, layers)]
    return value(sum(counts), " + ".join(f"{count:,}" for count in counts), "weights")


def _chain(channels: int, layers: tuple[Conv, ...]) -> list[tuple[int, Conv]]:
    return list(zip([channels, *(layer.channels for layer in layers)], layers))  # noqa: B905 (one longer on purpose)


def _squares(channels: int) -> Answer:
    small = _together(channels, *[Conv(channels, 3)] * 3)
    large = _together(channels, Conv(channels, 7))
    came = [answer.numbers[0] / channels**2 for answer in (small, large)]
    sums = [f"{answer.numbers[0]:,} / {channels}²" for answer in (small, large)]
    return Answer(tuple(came), "; ".join(f"{each:g}" for each in came), "; ".join(sums))


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


SIZES = Section(
    "Sizes and weights of one layer",
    "Output side (N - F + 2P)/S + 1; with F x F filters over C channels, K filters have F × F × C × K weights and K "
    "biases. Maps are written channels first.",
    (
        Claim("a map of 9, filter 3, stride 1", "A", "7", lambda: side(9, Conv(1, 3))),
        Claim("a map of 7, filter 3, stride 1", "E", "5", lambda: side(7, Conv(1, 3))),
        Claim("a map of 7, filter 3, stride 2", "E", "3", lambda: side(7, Conv(1, 3, stride=2))),
        Claim("a map of 7, filter 3, stride 3: does not fit", "E", "2.33", lambda: side(7, Conv(1, 3, stride=3))),
        Claim("the same, what hangs over left out", "E", "2", lambda: side(7, Conv(1, 3, stride=3, fit="floor"))),
        Claim("a map of 7, filter 3, one zero around", "E", "7", lambda: side(7, Conv(1, 3, pad=1))),
        Claim("zeros around that keep the side, filters of 3, 5, 7", "E", "1, 2, 3", lambda: _keeping(3, 5, 7)),
        Claim("3x32x32, 20 filters 5x5, two zeros around", "A", "20x32x32; 1,500 weights; 20 biases",
              lambda: _layer((3, 32, 32), Conv(20, 5, pad=2))),
        Claim("3x32x32, 6 filters 3x3", "E", "6x30x30; 162 weights",
              lambda: shape(one((3, 32, 32), Conv(6, 3))) + weights(one((3, 32, 32), Conv(6, 3)))),
        Claim("3x5x5, 2 filters 3x3, one zero around, stride 2", "D", "2x3x3; 54 weights; 2 biases",
              lambda: _layer((3, 5, 5), Conv(2, 3, pad=1, stride=2))),
        Claim("1x6x6, 2 filters 3x3", "B", "2x4x4", lambda: shape(one((1, 6, 6), Conv(2, 3)))),
        Claim("3x96x96, 32 filters 3x3 that keep the side", "A", "32x96x96",
              lambda: shape(one((3, 96, 96), Conv(32, 3, pad="same")))),
        Claim("64x224x224, 2x2 pool", "E", "64x112x112", lambda: shape(one((64, 224, 224), MaxPool(2)))),
        Claim("256x13x13, 3x3 pool, stride 2", "A", "256x6x6",
              lambda: shape(one((256, 13, 13), MaxPool(3, stride=2)))),
        Claim("weights and biases of K filters of L x L over color, by K(3L² + 1), K 6 and L 5", "E",
              str(6 * (3 * 5**2 + 1)), lambda: total(one((3, 32, 32), Conv(6, 5)).layer.params(((3, 32, 32),)))),
        Claim("a digit of 28x28 as features", "E", "784", lambda: _flat((1, 28, 28))),
        Claim("a color image of 256x256 as features", "E", "196608", lambda: _flat((3, 256, 256))),
        Claim("one dense neuron on 3x32x32", "C", "3072 weights", lambda: _neuron((3, 32, 32))),
        Claim("one dense neuron on 3x200x200", "C", "120,000 weights", lambda: _neuron((3, 200, 200))),
        Claim("200x200 pixels to 400,000 dense units", "D", "16 billion",
              lambda: weights(one((200 * 200,), Dense(400_000)))),
        Claim("the same units, each on its own 10x10", "D", "40 million",
              lambda: total(Sum((400_000, 10, 10)), "weights")),
        Claim("the same as 10 maps that share a 10x10 filter each", "D", "400,000 units; 1000 weights", _shared),
        Claim("multiplications of 6 perceptrons run on each 5x5 block of 32x32, against a convolution's", "E",
              "1 times as many", _scanned),
    ),
)  # fmt: skip

FIVE = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
CROSS = [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
SIX = [[1, 0, 0, 0, 0, 1], [0, 1, 0, 0, 1, 0], [0, 0, 1, 1, 0, 0],
       [1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 1, 0], [0, 0, 1, 0, 1, 0]]  # fmt: skip
DIAGONAL = [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]
UPRIGHT = [[-1, 1, -1], [-1, 1, -1], [-1, 1, -1]]
FOUR = [[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]

BY_HAND = Section(
    "Convolution and pooling by hand",
    "The first image meets the cross, the second under filter 1, which looks for a falling diagonal, and filter 2, "
    "which looks for an upright line; the third is pooled. The sum is that of the first window.\n\n"
    + beside({"5x5": FIVE, "cross": CROSS, "6x6": SIX, "filter 1": DIAGONAL, "filter 2": UPRIGHT, "4x4": FOUR}),
    (
        Claim("5x5 image, cross", "CE", "[[4, 3, 4], [2, 4, 3], [2, 3, 4]]", lambda: convolved(FIVE, CROSS)),
        Claim("5x5 image, cross, stride 2", "E", "[[4, 4], [2, 4]]", lambda: convolved(FIVE, CROSS, stride=2)),
        Claim("6x6 image, filter 1", "B", "[[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]]",
              lambda: convolved(SIX, DIAGONAL)),
        Claim("6x6 image, filter 1, stride 2", "B", "[[3, -3], [-3, 0]]", lambda: convolved(SIX, DIAGONAL, stride=2)),
        Claim("6x6 image, filter 1, 2x2 maximum", "B", "[[3, 0], [3, 1]]", lambda: convolved(SIX, DIAGONAL, pool=2)),
        Claim("6x6 image, filter 2", "B", "[[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]]",
              lambda: convolved(SIX, UPRIGHT)),
        Claim("6x6 image, filter 2, 2x2 maximum", "B", "[[-1, 1], [0, 3]]", lambda: convolved(SIX, UPRIGHT, pool=2)),
        Claim("4x4 image, 2x2 maximum", "E", "[[6, 8], [3, 4]]",
              lambda: pooled(FOUR, MaxPool(2))),
        Claim("4x4 image, 2x2 mean", "E", "[[3.25, 5.25], [2, 2]]", lambda: pooled(FOUR, AvgPool(2))),
    ),
)  # fmt: skip

FIRST, SECOND, THIRD = ((3.2, 5.1, -1.7), 0), ((1.3, 4.9, 2.0), 1), ((2.2, 2.5, -3.1), 2)
SCORES = FIRST[0]

JUDGING = Section(
    "Scores, losses, rates and counts",
    "The multiclass SVM loss adds max(0, s_j - s_y + 1) over the wrong classes; softmax is e^s over the sum of e^s.",
    (
        Claim("SVM loss of 3.2, 5.1, -1.7, the first true", "A", "2.9", lambda: hinge(FIRST)),
        Claim("SVM loss of 1.3, 4.9, 2.0, the second true", "A", "0", lambda: hinge(SECOND)),
        Claim("the same with all weights doubled", "A", "0", lambda: hinge(SECOND, scale=2)),
        Claim("SVM loss of 2.2, 2.5, -3.1, the third true", "A", "12.9", lambda: hinge(THIRD)),
        Claim("the mean of the three", "A", "5.267", lambda: hinge(FIRST, SECOND, THIRD)),
        Claim("the sum of max(0, 1 - y t) for targets t 1, 0, 0 and outputs y 0.5 each", "A", "1.5",
              lambda: plus_minus_hinge((1, 0, 0), (0.5, 0.5, 0.5)),
              "With a target of zero the margin is missed by all of it, whatever the output; this loss is meant for "
              "targets of plus and minus one."),
        Claim("e to the power of 3.2, 5.1, -1.7", "E", "24.5, 164.0, 0.18", lambda: exponentials(SCORES)),
        Claim("softmax of 3.2, 5.1, -1.7", "E", "0.13, 0.87, 0.00", lambda: softmax(SCORES)),
        Claim("inputs of ones, weights 1, 0, 0, 0", "A", "1", lambda: weighed((1, 0, 0, 0), (1, 1, 1, 1))),
        Claim("inputs of ones, four weights of 0.25", "A", "1", lambda: weighed((0.25,) * 4, (1, 1, 1, 1))),
        Claim("L2 penalty of 1, 0, 0, 0", "A", "1", lambda: penalties((1, 0, 0, 0), 2)),
        Claim("L2 penalty of four times 0.25", "A", "0.25", lambda: penalties((0.25,) * 4, 2)),
        Claim("L1 penalty of 1, 0, 0, 0", "A", "1", lambda: penalties((1, 0, 0, 0), 1)),
        Claim("L1 penalty of four times 0.25", "A", "1", lambda: penalties((0.25,) * 4, 1)),
        Claim("tumors, TP 1, FP 1, FN 8, TN 90: accuracy", "B", "0.91", lambda: rates(1, 1, 8, 90)[0]),
        Claim("the same: true-positive rate", "B", "1/9", lambda: rates(1, 1, 8, 90)[1]),
        Claim("the same: false-positive rate", "B", "1/91", lambda: rates(1, 1, 8, 90)[2]),
        Claim("digits of MNIST: 60,000 to train on, 10,000 to test", "E", "70000",
              lambda: total(Sum((60_000,), (10_000,)))),
        Claim("a word of 2,000 as one-hot vector: length; zeros", "B", "2000; 1999", lambda: one_hot(2000)),
    ),
)  # fmt: skip


FORMULAS = Section(
    "Formulas, with numbers put in",
    "What is said is the lecture's formula in plain arithmetic; beside it stands what torch gives for the same numbers "
    "through the layers.",
    (
        Claim("tanh(x) = 2σ(2x) - 1, x 0.5", "D", f"{2 * _sigmoid(1.0) - 1:.8f}", lambda: tanh(0.5)),
        Claim("slope of the sigmoid σ(1 - σ), x 1", "B", f"{_sigmoid(1) * (1 - _sigmoid(1)):.8f}",
              lambda: sigmoid_slope(1.0)),
        Claim("slope by the first weight of a 2-2-2-1 network, by the chain of factors; input 1, 2, target 0.5", "B",
              f"{chain_rule((1, 2), 0.5):.8f}", lambda: first_weight_slope((1, 2), 0.5)),
        Claim("slopes by the first two inputs of a 3x3 convolution of 4x4: w11 y11 and w12 y11 + w11 y12", "D",
              f"{FILTER[0][0] * ARRIVING[0][0]:g}, {FILTER[0][1] * ARRIVING[0][0] + FILTER[0][0] * ARRIVING[0][1]:g}",
              input_slopes),
        Claim("batch normalization undone by its own deviation and mean, of 1, 2, 3, 6", "D",
              "1.000, 2.000, 3.000, 6.000", lambda: renormalized((1, 2, 3, 6))),
        Claim("receptive field of 3x3 layers, l(k - 1) + k, l the layers after the first: 2", "D", f"{2 * (3 - 1) + 3}",
              lambda: stack_field(*[Conv(1, 3)] * 3)),
        Claim("receptive field of 3x3 layers of dilation 1, 2, 4", "", "",
              lambda: stack_field(*(Conv(1, 3, dilation=dilation) for dilation in (1, 2, 4)))),
    ),
)  # fmt: skip

STACKS = Section(
    "Small filters for large ones",
    "Weights without biases. Those in C² were counted with 64 channels; the rest is the comparison that lecture D "
    "draws for Network in Network, whose products are multiplied out here.",
    (
        Claim("receptive field of three stacked 3x3", "B", "7", lambda: stack_field(*[Conv(1, 3)] * 3)),
        Claim("weights of three stacked 3x3; of one 7x7; in C²", "B", "27; 49", lambda: _squares(64)),
        Claim("128x56x56 to 256 maps by 5x5, then two 1x1", "D", f"{256 * 25 * 128:,}; {256 * 256:,}; {256 * 256:,}",
              lambda: _weights(128, Conv(256, 5), Conv(256, 1), Conv(256, 1))),
        Claim("the three together", "", "", lambda: _together(128, Conv(256, 5), Conv(256, 1), Conv(256, 1))),
        Claim("the same by three 5x5", "D", f"{256 * 25 * 128:,}; {256 * 25 * 256:,}; {256 * 25 * 256:,}",
              lambda: _weights(128, Conv(256, 5), Conv(256, 5), Conv(256, 5))),
        Claim("the three together", "", "", lambda: _together(128, *[Conv(256, 5)] * 3)),
    ),
)  # fmt: skip


LAYER_SECTIONS = (SIZES, BY_HAND, JUDGING, FORMULAS, STACKS)
