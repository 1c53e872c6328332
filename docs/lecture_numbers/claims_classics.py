"""The lectures' figures about AlexNet, VGG and GoogLeNet, layer by layer where they give them so."""

from lecture_numbers.claim import Claim, Section
from lecture_numbers.reckon import (
    Answer,
    all_macs,
    at,
    count,
    macs,
    megabytes,
    neurons,
    params,
    ratio,
    shape,
    share,
    side,
    step_macs,
    step_params,
    steps,
    stored,
    total,
    values,
    weights,
)
from neocog import zoo
from neocog.network import Branches, Conv, Dense, Layer, MaxPool, Network, Sequence, Step, Sum, cost, walk


def _layer(network: str, path: str) -> Answer:
    """The map of a layer, and its weights where it has any."""
    step = at(network, path)
    return shape(step) + weights(step) if step.layer.params(step.received) else shape(step)


def _alexnet(path: str, says: str, note: str = "", said_by: str = "E") -> Claim:
    """A layer of the paper's AlexNet."""
    return Claim(path, said_by, says, lambda: _layer("alexnet", path), note)


def _filters(network: str, *places: int) -> Answer:
    channels = [at(network, f"conv{place}").shape[0] for place in places]
    return Answer(tuple(channels), ", ".join(map(str, channels)))


def _halves(network: str) -> Answer:
    """The channels of each convolution, halved."""
    channels = [at(network, f"conv{place}").shape[0] for place in range(1, 6)]
    halves = [each // 2 for each in channels]
    return Answer(tuple(halves), ", ".join(map(str, halves)), ", ".join(f"{each}/2" for each in channels))


def _sizes(network: str, kind: type[Conv] | type[MaxPool]) -> Answer:
    """The filter sizes that a network uses."""
    found = {step.layer.size for step in walk(zoo.network(network)) if isinstance(step.layer, kind)}
    sizes = sorted(size for size in found if isinstance(size, int))
    return Answer(tuple(sizes), ", ".join(f"{size}x{size}" for size in sizes))


def _module(branches: Layer) -> tuple[Step, ...]:
    return walk(Network((256, 28, 28), (branches,)))


def _branch(branches: Layer, place: int) -> Answer:
    step = _module(branches)[place]
    return shape(step) + macs(step)


def _fewer(larger: str, smaller: str) -> Answer:
    return ratio(cost(zoo.network(larger)).params, cost(zoo.network(smaller)).params)


ALEXNET = Section(
    "AlexNet",
    "The rows by layer are the paper's network, `alexnet` in the zoo: convolutions 2, 4 and 5 are split in two towers. "
    "Lecture A writes it without towers (`alexnet_ungrouped`); lecture E's table of weights mixes the two.",
    (
        _alexnet("conv1", "96x55x55; 35K weights"),
        _alexnet("norm1", "96x27x27", "The paper normalizes before it pools, so the map still has its full side there; "
                 "the lectures normalize after."),
        _alexnet("pool1", "96x27x27"),
        _alexnet("conv2", "256x27x27; 307K weights"),
        _alexnet("pool2", "256x13x13"),
        Claim("maps in each tower, convolutions 1 to 5", "E", "48, 128, 192, 192, 128", lambda: _halves("alexnet")),
        _alexnet("conv3", "384x13x13; 884K weights"),
        _alexnet("conv4", "384x13x13; 1.3M weights", "That is the count without towers (next row), in a table whose "
                 "second and fifth convolutions are counted with them."),
        Claim("conv4 without towers", "", "", lambda: _layer("alexnet_ungrouped", "conv4")),
        _alexnet("conv5", "256x13x13; 442K weights"),
        _alexnet("pool3", "256x6x6", said_by="AE"),
        _alexnet("dense1", "4096; 37M weights"),
        _alexnet("dense2", "4096; 16M weights"),
        _alexnet("dense3", "1000; 4M weights"),
        Claim("side of conv2's map, were its stride 2, as a list in E says", "E", "27",
              lambda: side(27, Conv(1, 5, stride=2, pad=2)),
              "Its own table has the paper's stride of one, which keeps the side."),
        Claim("side of conv1's map on an image of 224, as the paper's figure has it", "P", "55",
              lambda: side(224, Conv(1, 11, stride=4)),
              "The paper's own first map needs a larger image (first row), or zeros beside this one."),
        Claim("parameters", "DE", "60M", lambda: params("alexnet")),
        Claim("parameters without towers", "", "", lambda: params("alexnet_ungrouped")),
        Claim("parameters of the narrower tower of 2014", "", "", lambda: params("alexnet_one_tower")),
        Claim("neurons", "E", "650K", lambda: neurons("alexnet"),
              "The convolutions alone have what the paper says, digit for digit; the dense layers come on top."),
        Claim("connections, as multiplications", "E", "630M", lambda: all_macs("alexnet"),
              "The figure is handed down with the network; no way of counting connections that we know gives it."),
        Claim("multiplications without towers", "", "", lambda: all_macs("alexnet_ungrouped")),
        Claim("parameters of ZFNet, for comparison", "", "", lambda: params("zfnet")),
        Claim("filters of ZFNet's convolutions 3, 4 and 5", "AE", "512, 1024, 512", lambda: _filters("zfnet", 3, 4, 5),
              "The paper's figure of its network keeps AlexNet's widths, and so does the zoo; the wide layers are a "
              "variant in its table of results."),
    ),
)  # fmt: skip

VGG16 = (
    ("conv1", "3.2M", "1,728"), ("conv2", "3.2M", "36,864"), ("pool1", "800K", ""),
    ("conv3", "1.6M", "73,728"), ("conv4", "1.6M", "147,456"), ("pool2", "400K", ""),
    ("conv5", "800K", "294,912"), ("conv6", "800K", "589,824"), ("conv7", "800K", "589,824"), ("pool3", "200K", ""),
    ("conv8", "400K", "1,179,648"), ("conv9", "400K", "2,359,296"), ("conv10", "400K", "2,359,296"),
    ("pool4", "100K", ""),
    ("conv11", "100K", "2,359,296"), ("conv12", "100K", "2,359,296"), ("conv13", "100K", "2,359,296"),
    ("pool5", "25K", ""),
    ("dense1", "4096", "102,760,448"), ("dense2", "4096", "16,777,216"), ("dense3", "1000", "4,096,000"),
)  # fmt: skip
"""Lecture B's table: layer, values that it holds, weights."""


def _vgg(path: str, held: str, learned: str) -> Claim:
    says = f"{held} values; {learned} weights" if learned else f"{held} values"
    return Claim(path, "B", says, lambda: _held("vgg16", path))


def _held(network: str, path: str) -> Answer:
    step = at(network, path)
    return values(step) + weights(step) if step.layer.params(step.received) else values(step)


VGG_TABLE = Section(
    "VGG-16, layer by layer",
    "Values held and weights without biases, as lecture B lists them: compare the last digits that it gives.",
    (
        Claim("the image", "B", "150K values", lambda: total(Sum(steps("vgg16")[0].received[0]), "values")),
        *(_vgg(*row) for row in VGG16),
    ),
)

VGG = Section(
    "VGG as a whole",
    "Mind the memory: the lecture's own rows do not add up to the total that it gives below them.",
    (
        Claim("values held for one image", "B", "24M", lambda: stored("vgg16"),
              "The rows above, with the image, add up to what stands here."),
        Claim("bytes held for one image", "B", "96 MB", lambda: megabytes(stored("vgg16")),
              "Follows from the row before."),
        Claim("values, the output of each ReLU held apart", "", "", lambda: stored("vgg16", with_relu=True)),
        Claim("that in bytes", "", "", lambda: megabytes(stored("vgg16", with_relu=True))),
        Claim("parameters of VGG-16", "B", "138M", lambda: params("vgg16")),
        Claim("parameters of VGG-16", "E", "140M", lambda: params("vgg16")),
        Claim("parameters of VGG-19", "P", "144M", lambda: params("vgg19")),
        Claim("parameters of configuration A", "P", "133M", lambda: params("vgg11")),
        Claim("parameters of configuration A-LRN", "P", "133M", lambda: params("vgg_a_lrn")),
        Claim("parameters of configuration B", "P", "133M", lambda: params("vgg13")),
        Claim("parameters of configuration C", "P", "134M", lambda: params("vgg16_1x1")),
        Claim("most operations are in convolutions", "D", ">50 %",
              lambda: share("vgg16", Conv, step_macs, "of the multiplications")),
        Claim("most parameters are in dense layers", "D", ">50 %",
              lambda: share("vgg16", Dense, step_params, "of the parameters")),
        Claim("size of every convolution", "ABDE", "3", lambda: _sizes("vgg16", Conv)),
        Claim("size of every pool", "ABDE", "2", lambda: _sizes("vgg16", MaxPool)),
    ),
)  # fmt: skip

_POOL = MaxPool(3, stride=1, pad=1)
NAIVE = Branches(Conv(128, 1), Conv(192, 3, pad=1), Conv(96, 5, pad=2), _POOL)
NARROWED = Branches(
    Conv(128, 1),
    Sequence(Conv(64, 1), Conv(192, 3, pad=1)),
    Sequence(Conv(64, 1), Conv(96, 5, pad=2)),
    Sequence(_POOL, Conv(64, 1)),
)
_PLACES = 28 * 28

INCEPTION = Section(
    "An inception module",
    "On a map of 256x28x28, four branches side by side: 128 1x1, 192 3x3, 96 5x5 and a 3x3 pool; then the same with 64 "
    "1x1 filters before the large ones and after the pool. Of single branches the lecture gives the product, which is "
    "multiplied out here.",
    (
        Claim("1x1 branch", "B", f"128x28x28; {_PLACES * 128 * 256:,}", lambda: _branch(NAIVE, 0)),
        Claim("3x3 branch", "B", f"192x28x28; {_PLACES * 192 * 9 * 256:,}", lambda: _branch(NAIVE, 1)),
        Claim("5x5 branch", "B", f"96x28x28; {_PLACES * 96 * 25 * 256:,}", lambda: _branch(NAIVE, 2)),
        Claim("pool branch", "B", "256x28x28", lambda: shape(_module(NAIVE)[3])),
        Claim("all four, one after the other", "B", "672x28x28; 854M",
              lambda: shape(_module(NAIVE)[-1]) + macs(*_module(NAIVE))),
        Claim("1x1 before the 3x3, with bottlenecks", "B", f"64x28x28; {_PLACES * 64 * 256:,}",
              lambda: _branch(NARROWED, 1)),
        Claim("3x3 behind it", "B", f"192x28x28; {_PLACES * 192 * 9 * 64:,}", lambda: _branch(NARROWED, 2)),
        Claim("5x5 behind its bottleneck", "B", f"96x28x28; {_PLACES * 96 * 25 * 264:,}", lambda: _branch(NARROWED, 4),
              "The lecture's product has one digit too many in the channels that the filters read."),
        Claim("all four, with bottlenecks: channels", "B", "480x28x28", lambda: shape(_module(NARROWED)[-1])),
        Claim("all four, with bottlenecks: operations", "B", "353M", lambda: macs(*_module(NARROWED)),
              "The lecture's six products, the slip mended, add up to this; the saving is larger than it says."),
    ),
)  # fmt: skip

GOOGLENET = Section(
    "GoogLeNet",
    "`googlenet` is the paper's main path, with biases and without the two heads that only training needs.",
    (
        Claim("parameters", "BE", "5M", lambda: params("googlenet"),
              "Not even its convolutions alone come to so few."),
        Claim("parameters", "D", "4M", lambda: params("googlenet"), "Nor to so few."),
        Claim("parameters, against AlexNet's", "BP", "12 times fewer", lambda: _fewer("alexnet", "googlenet"),
              "Follows from the figure of five million."),
        Claim("dense layers", "B", "0", lambda: count("googlenet", Dense),
              "The mean over the last map replaces all but one, which still gives the classes."),
        Claim("parameters of that one", "", "",
              lambda: total(at("googlenet", "dense1").layer.params(at("googlenet", "dense1").received))),
        Claim("multiplications", "P", "1.5 billion", lambda: all_macs("googlenet")),
        Claim("parameters with both side heads", "", "", lambda: params("googlenet_side_heads")),
        Claim("parameters with batch normalization", "", "", lambda: params("googlenet_bn")),
        Claim("the same with 3x3 in place of 5x5, torchvision's", "", "", lambda: params("googlenet_bn_3x3")),
    ),
)  # fmt: skip


CLASSIC_SECTIONS = (ALEXNET, VGG_TABLE, VGG, INCEPTION, GOOGLENET)
