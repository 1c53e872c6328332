"""Figures of the other networks: LeNet-5, the residual and dense ones, the small ones, depths, published errors."""

from functools import partial

from lecture_numbers.claim import Claim, Section
from lecture_numbers.reckon import Answer, all_macs, at, count, depth, map_sides, params, published, shape, total
from neocog.network import Conv, Dense, GlobalAvgPool, MaxPool

_LENET = {"conv1": "156", "affine1": "12", "conv2": "1,516", "affine2": "32", "conv3": "48,120", "dense1": "10,164"}
"""The paper's trained parameters by layer: C1, S2, C3, S4, C5 and F6."""


def _learned(network: str, path: str) -> Answer:
    step = at(network, path)
    return total(step.layer.params(step.received))


LENET = Section(
    "LeNet-5",
    "`lenet5` is the form that everyone builds; `lenet5_1998` is the paper's, with its connection table, trained "
    "subsampling and radial basis functions.",
    (
        Claim("first convolution", "E", "6x28x28", lambda: shape(at("lenet5", "conv1"))),
        Claim("first subsampling", "E", "6x14x14", lambda: shape(at("lenet5", "pool1"))),
        Claim("second convolution", "E", "16x10x10", lambda: shape(at("lenet5", "conv2"))),
        Claim("second subsampling", "E", "16x5x5", lambda: shape(at("lenet5", "pool2"))),
        *(Claim(f"`{path}` of the paper's form: parameters", "P", says, partial(_learned, "lenet5_1998", path))
          for path, says in _LENET.items()),
        Claim("parameters of the paper's form", "P", "60,000", lambda: params("lenet5_1998")),
        Claim("parameters of the common form", "", "", lambda: params("lenet5"),
              "More than the paper says, for another network: it joins every map of the third layer to all six before "
              "it, and has trained outputs but no trained subsampling."),
    ),
)  # fmt: skip

COUNTS = Section(
    "Residual and dense networks",
    "The lectures give depths but no counts; where the papers print any, they stand beside ours. The deeper residual "
    "networks exist twice: with the stride in the first 1x1, as in the paper, and in the 3x3 (`v1_5`), as in "
    "torchvision; that changes the operations and not the parameters.",
    (
        Claim("parameters of ResNet-18", "", "", lambda: params("resnet18")),
        Claim("parameters of ResNet-34", "", "", lambda: params("resnet34")),
        Claim("parameters of ResNet-50", "", "", lambda: params("resnet50")),
        Claim("parameters of ResNet-101", "", "", lambda: params("resnet101")),
        Claim("parameters of ResNet-152", "", "", lambda: params("resnet152")),
        Claim("operations of ResNet-18", "P", "1.8 billion", lambda: all_macs("resnet18")),
        Claim("operations of ResNet-34", "P", "3.6 billion", lambda: all_macs("resnet34")),
        Claim("operations of ResNet-50", "P", "3.8 billion", lambda: all_macs("resnet50")),
        Claim("operations of ResNet-50 v1.5", "", "", lambda: all_macs("resnet50_v1_5")),
        Claim("operations of ResNet-101", "P", "7.6 billion", lambda: all_macs("resnet101")),
        Claim("operations of ResNet-152", "P", "11.3 billion", lambda: all_macs("resnet152")),
        Claim("dense layers in ResNet-50", "D", "0", lambda: count("resnet50", Dense),
              "One gives the classes, as lecture B says."),
        Claim("dense layers in ResNet-50", "B", "1", lambda: count("resnet50", Dense)),
        Claim("pools in ResNet-50", "E", "0", lambda: count("resnet50", MaxPool, GlobalAvgPool),
              "Strides do most of it, but a maximum follows the first convolution and a mean closes the network."),
        Claim("parameters of ResNet-20 for CIFAR-10", "P", "0.27M", lambda: params("resnet20")),
        Claim("parameters of ResNet-32", "P", "0.46M", lambda: params("resnet32")),
        Claim("parameters of ResNet-44", "P", "0.66M", lambda: params("resnet44")),
        Claim("parameters of ResNet-56", "P", "0.85M", lambda: params("resnet56")),
        Claim("parameters of ResNet-110", "P", "1.7M", lambda: params("resnet110")),
        Claim("sides of DenseNet-121's maps", "A", "112, 56, 28, 14, 7", lambda: map_sides("densenet121", Conv)),
        Claim("parameters of DenseNet-121", "", "", lambda: params("densenet121")),
        Claim("parameters of DenseNet-169", "", "", lambda: params("densenet169")),
        Claim("parameters of DenseNet-201", "", "", lambda: params("densenet201")),
        Claim("parameters of DenseNet-264", "", "", lambda: params("densenet264")),
    ),
)  # fmt: skip

_DEPTHS = (
    ("alexnet", "BE", "8 layers"), ("vgg11", "AE", "11 layers"), ("vgg_a_lrn", "AE", "11 layers"),
    ("vgg13", "AE", "13 layers"), ("vgg16_1x1", "AE", "16 layers"), ("vgg16", "ABDE", "16 layers"),
    ("vgg19", "ABE", "19 layers"), ("googlenet", "B", "22 layers"), ("resnet34", "B", "34 layers"),
    ("resnet50", "B", "50 layers"), ("resnet101", "B", "101 layers"), ("resnet152", "AB", "152 layers"),
    ("resnet152", "E", ">150 layers"), ("plain20", "P", "20 layers"), ("plain56", "B", "56 layers"),
    ("resnet110", "P", "110 layers"), ("densenet121", "A", "121 layers"), ("densenet169", "A", "169 layers"),
    ("densenet201", "A", "201 layers"),
)  # fmt: skip
"""Network, who says how deep it is, and how deep."""


def _deep(name: str, said_by: str, says: str) -> Claim:
    return Claim(name, said_by, says, lambda: depth(name))


DEPTHS = Section(
    "Depths",
    "The convolutions and dense layers on the longest way from input to output: what a network's number counts.",
    (
        *(_deep(*row) for row in _DEPTHS),
        Claim("densenet264", "A", "264 layers", lambda: depth("densenet264"),
              "Its four blocks, as the paper's table has them, make one more; the name is short by one."),
    ),
)  # fmt: skip

_UNCOUNTED = {
    "perceptron": "784 pixels to 10 classes",
    "temperature_mlp": "3-4-4-1, sigmoid (D)",
    "mlp": "784-30-10, sigmoid (E)",
    "mlp_dropout": "784-128-10, dropout (B)",
    "mnist_cnn": "16 and 64 filters 5x5, 256 units (A)",
    "keras_cnn": "25 and 50 filters 3x3, 100 units (B)",
    "smaller_vggnet": "several labels (A)",
    "spoken_word": "spoken words (A)",
    "next_move": "19x19 board (B)",
    "nin_cifar": "Network in Network, CIFAR-10 (D)",
    "nin_imagenet": "Network in Network, ImageNet",
    "sentence_cnn": "sentences (B)",
    "fcn32s": "fully convolutional, VGG-16's body (D)",
    "fcn16s": "with one finer map",
    "fcn8s": "with two finer maps",
    "dilated_context": "dilated context module (D)",
}
"""Networks that a lecture names or writes down without counting them, and what each is."""


def _uncounted(name: str, what: str) -> Claim:
    return Claim(f"`{name}`: {what}", "", "", lambda: params(name))


SMALL = Section(
    "Networks that nobody counted",
    "Lectures write these down, or point to them, without saying how many parameters they have.",
    (
        *(_uncounted(name, what) for name, what in _UNCOUNTED.items()),
        Claim("features that `mnist_cnn` leaves to its code to count", "", "",
              lambda: shape(at("mnist_cnn", "flatten1"))),
        Claim("last map of `keras_cnn`", "", "", lambda: shape(at("keras_cnn", "pool2"))),
        Claim("points that `next_move` chooses from", "B", f"{19 * 19}", lambda: shape(at("next_move", "flatten1"))),
    ),
)  # fmt: skip

_PUBLISHED = (
    ("LeNet-5 on MNIST", "P", "0.95 %", "lenet5_1998", "error", "MNIST", "no distortions"),
    ("LeNet-5 on MNIST with distortions", "P", "0.8 %", "lenet5_1998", "error", "MNIST", "with distortions"),
    ("784-30-10 on MNIST, accuracy", "P", "95 %", "mlp", "accuracy", "MNIST", ""),
    ("Network in Network on CIFAR-10", "P", "10.41 %", "nin_cifar", "error", "CIFAR-10", "no augmentation"),
    ("the same with augmentation", "P", "8.81 %", "nin_cifar", "error", "CIFAR-10", "flips"),
    ("ResNet-20 on CIFAR-10", "P", "8.75 %", "resnet20", "error", "CIFAR-10", ""),
    ("ResNet-56 on CIFAR-10", "P", "6.97 %", "resnet56", "error", "CIFAR-10", ""),
    ("ResNet-110 on CIFAR-10", "P", "6.43 %", "resnet110", "error", "CIFAR-10", ""),
    ("AlexNet, top-5", "AE", "18.2 %", "alexnet", "top-5 error", "validation", "one network"),
    ("AlexNet, top-5, ensemble of 7", "E", "15.4 %", "alexnet", "top-5 error", "validation", "ensemble of 7"),
    ("the same on the test set", "P", "15.3 %", "alexnet", "top-5 error", "test", "ensemble of 7"),
    ("ZFNet, top-5, ensemble", "AE", "14.8 %", "zfnet", "top-5 error", "test", "ensemble"),
    ("VGG, top-5, ensemble of 7", "ABE", "7.3 %", "vgg16", "top-5 error", "test", "ensemble of 7"),
    ("VGG, top-5, ensemble of 2", "E", "6.8 %", "vgg16", "top-5 error", "test", "ensemble of 2"),
    ("GoogLeNet, top-5, ensemble", "BE", "6.7 %", "googlenet", "top-5 error", "test", "ensemble"),
    ("ResNet, top-5, ensemble", "B", "3.57 %", "resnet152", "top-5 error", "test", "ensemble"),
)
"""What, who says so, the claim; then where the zoo keeps the paper's figure: network, measure, data, note."""


def _error(about: str, said_by: str, says: str, name: str, measure: str, data: str, note: str, why: str = "") -> Claim:
    return Claim(about, said_by, says, lambda: published(name, measure, data, note), why)


PUBLISHED = Section(
    "Published errors",
    "No sum gives these: beside each claim stands what the paper reports, as the zoo keeps it with the network. Top-5 "
    "errors mean little without the number of networks that answered together.",
    (
        *(_error(*row) for row in _PUBLISHED),
        _error("AlexNet, top-5, ensemble of 7", "A", "15.04 %", "alexnet", "top-5 error", "validation", "ensemble of 7",
               "Perhaps a slip for the figure above, which lecture E has."),
        _error("ZFNet, top-5", "B", "11.7 %", "zfnet", "top-5 error", "test", "ensemble",
               "That was the winner of the contest of the same year, a later network than the paper's."),
        _error("ResNet, top-5, ensemble", "E", "<3.5 %", "resnet152", "top-5 error", "test", "ensemble",
               "Slightly above it, as lecture B says."),
    ),
)  # fmt: skip

NETWORK_SECTIONS = (LENET, COUNTS, DEPTHS, SMALL, PUBLISHED)
