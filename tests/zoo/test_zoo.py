"""Every network of the zoo: it exists, fits, counts as published, and its text reads back."""

import importlib
import math
import re
import sys
from itertools import pairwise

import pytest

from neocog import zoo
from neocog.core.errors import NetworkError, ShapeError
from neocog.network import (
    BatchNorm,
    Conv,
    Dense,
    RadialBasis,
    StochasticDepth,
    TableConv,
    cost,
    outputs,
    parse,
    receptive_field,
    shapes,
    walk,
)
from neocog.zoo.entry import ZOO, Figure, paper_network

_SCORED = 138_357_544 - 4097 * 1000 + 4097 * 21
_CONTEXT = 7 * (9 * 21 + 1) * 21 + (21 + 1) * 21

PARAMS = {
    "lenet5": 61_706,
    # the paper's: C1, S2, C3, S4, C5, F6
    "lenet5_1998": 156 + 12 + 1_516 + 32 + 48_120 + 10_164,
    "mnist_cnn": (16 * 25 + 16) + (64 * 16 * 25 + 64) + (1024 * 256 + 256) + (256 * 10 + 10),
    "mlp": 784 * 30 + 30 + 30 * 10 + 10,
    "alexnet": 60_965_224,
    "alexnet_ungrouped": 62_378_344,
    "alexnet_one_tower": 61_100_840,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    # 1x1 for 3x3 in one convolution each of 256 and twice 512 channels
    "vgg16_1x1": 138_357_544 - 8 * (256**2 + 2 * 512**2),
    # of the dense layers, 1,025,000 are googlenet's own and the rest its side heads'
    "googlenet": 6_998_552,
    "googlenet_side_heads": 6_998_552
    + sum(128 * maps + 128 + 2048 * 1024 + 1024 + 1024 * 1000 + 1000 for maps in (512, 528)),
    "googlenet_bn": 7_005_832,
    "googlenet_bn_3x3": 6_624_904,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet50_v1_5": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
    "densenet121": 7_978_856,
    "densenet169": 14_149_480,
    "densenet201": 20_013_928,
    "densenet264": 33_337_704,
    "squeezenet1_1": 1_235_496,
    "perceptron": 785 * 10,
    "mlp_dropout": 785 * 128 + 129 * 10,
    "temperature_mlp": 4 * 4 + 5 * 4 + 5,
    "keras_cnn": (9 + 1) * 25 + (25 * 9 + 1) * 50 + 1251 * 100 + 101 * 10,
    "zfnet": 62_357_608,
    # wider in its layers 3 to 5 and in what the first dense layer reads
    "zfnet_wide": 62_357_608
    + 9 * (256 * (512 - 384) + 512 * 1024 - 384 * 384 + 1024 * 512 - 384 * 256)
    + (512 + 1024 + 512 - 384 - 384 - 256)
    + 36 * (512 - 256) * 4096,
    "spoken_word": (4 + 1) * 32 + (9 * 5 * 32 + 1) * 128 + 129 * 3,
    "next_move": (25 + 1) * 192 + 11 * (9 * 192 + 1) * 192 + 193,
    "sentence_cnn": 18_766 * 300 + sum((words * 300 + 1) * 100 for words in (3, 4, 5)) + 301 * 2,
    "unet": 31_030_658,
    # VGG-16's, its last dense layer for 21 classes; then one filter for each class and upsampling
    "fcn32s": _SCORED + 21 * 64**2,
    "fcn16s": _SCORED + 21 * 4**2 + 513 * 21 + 21 * 32**2,
    "fcn8s": _SCORED + 2 * 21 * 4**2 + 513 * 21 + 257 * 21 + 21 * 16**2,
    "dilated_front_end": _SCORED,
    "dilated_context": _CONTEXT,
    "dilated_basic": _SCORED + _CONTEXT,
    "dilated_large": _SCORED
    + sum((9 * 21 * inward + 1) * 21 * outward for inward, outward in pairwise((1, 2, 2, 4, 8, 16, 32, 32)))
    + (21 * 32 + 1) * 21,
    "nin_cifar": sum(
        (inward + 1) * outward
        for inward, outward in [
            (3 * 25, 192),
            (192, 160),
            (160, 96),
            (96 * 25, 192),
            (192, 192),
            (192, 192),
            (192 * 9, 192),
            (192, 192),
            (192, 10),
        ]
    ),
}

MACS = {
    "alexnet": 724_406_816,
    "alexnet_ungrouped": 1_135_256_096,
    "resnet18": 1_814_073_344,
    "resnet50": 3_857_973_248,
    "resnet50_v1_5": 4_089_184_256,
}


@pytest.mark.parametrize("name", zoo.names())
def test_every_network(name):
    entry = zoo.get(name)
    network = entry.build()
    assert network.name == entry.name == name
    assert parse(repr(network)) == network
    assert entry.summary
    assert entry.paper
    assert 1957 < entry.year < 2030
    assert all(isinstance(figure, Figure) and figure.note and 0 < figure.value < 100 for figure in entry.published)
    paths = [step.path for step in walk(network) if step.layer.params(step.received)]
    for pattern, _ in entry.init:
        assert any(re.fullmatch(pattern, f"{path}.{kind}") for path in paths for kind in ("weight", "bias")), pattern


@pytest.mark.parametrize("name", sorted({*zoo.names()} - {"next_move"}))
def test_every_network_for_other_classes(name):
    """Every output has as many features or maps, of the extents that it had, and only maps of classes have changed."""
    network, changed = zoo.get(name).build(), zoo.network(name, classes=7)
    before, after = walk(network), walk(changed)
    assert outputs(changed) == outputs(network)
    for index in outputs(network).values():
        assert after[index].shape == (7, *before[index].shape[1:])
    assert [step.path for step in after] == [step.path for step in before]
    changes = {
        (one.shape[0], other.shape[0]) for one, other in zip(before, after, strict=True) if one.shape != other.shape
    }
    assert changes == {(before[-1].shape[0], 7)}


def test_the_points_of_a_board_are_not_changed_for_other_classes():
    with pytest.raises(NetworkError, match="next_move does not end in a Dense layer, so it cannot be made for 7"):
        zoo.network("next_move", classes=7)


@pytest.mark.parametrize("name", PARAMS)
def test_parameters(name):
    assert cost(zoo.network(name)).params == PARAMS[name]


def test_multiply_accumulates():
    """Most from the table of figures; LeNet-5's from the sums of its layers."""
    assert {name: cost(zoo.network(name)).macs for name in MACS} == MACS
    layers = (6 * 28 * 28 * 25, 16 * 10 * 10 * 6 * 25, 120 * 16 * 25, 120 * 84, 84 * 10)
    assert cost(zoo.network("lenet5")).macs == sum(layers)


def test_shapes_of_alexnet_are_the_papers():
    found = shapes(zoo.network("alexnet"))
    paths = ("conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool3", "dense1")
    assert [found[path] for path in paths] == [
        (96, 55, 55), (96, 27, 27), (256, 27, 27), (256, 13, 13), (384, 13, 13), (384, 13, 13), (256, 13, 13),
        (256, 6, 6), (4096,),
    ]  # fmt: skip
    assert sum(math.prod(shape) for path, shape in found.items() if path.startswith(("conv", "dense"))) == 659_272


def test_lenet5_of_1998_is_the_papers():
    """Sides and connections of the paper's figure 2 and section II.B, with 60 pairs of maps in C3's table."""
    network = zoo.get("lenet5_1998").build()
    found = shapes(network)
    paths = ("conv1", "pool1", "conv2", "pool2", "conv3", "dense1", "rbf1")
    assert [found[path] for path in paths] == [
        (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120, 1, 1), (84,), (10,),
    ]  # fmt: skip
    own = [step.layer.params(step.received).total for step in walk(network)]
    assert [params for params in own if params] == [156, 12, 1_516, 32, 48_120, 10_164]
    (table,) = (layer for layer in network.layers if isinstance(layer, TableConv))
    assert [sum(channel in row for row in table.table) for channel in range(6)] == [10] * 6


def test_the_pictures_of_lenet5_of_1998_are_easily_told_apart():
    layer = zoo.get("lenet5_1998").build().layers[-1]
    assert isinstance(layer, RadialBasis)
    codes = layer.signs((84,))
    rows = ["".join(".#"[bit > 0] for bit in codes[7][start : start + 7]) for start in range(0, 84, 7)]
    assert rows[:3] == ["#######", "......#", ".....##"]
    apart = [sum(map(int.__ne__, one, other)) for place, one in enumerate(codes) for other in codes[:place]]
    assert min(apart) >= 15


def test_maps_of_fcn_are_those_of_the_released_files():
    """At 500x500, where Caffe's pools round up; so are the scores before the last crop."""
    coarse = {"stage1": 349, "stage2": 175, "stage3": 88, "stage4": 44, "stage5": 22, "score": 16}
    ups = {"fcn32s": {"up32": 544}, "fcn16s": {"up4": 34, "up16": 560}, "fcn8s": {"up4": 34, "up3": 70, "up8": 568}}
    for name, own in ups.items():
        network = zoo.get(name).build()
        found = {path.removesuffix(".pool1"): shape[1] for path, shape in shapes(network).items()}
        assert {path: found[path] for path in {**coarse, **own}} == {**coarse, **own}


@pytest.mark.parametrize("name", ["fcn32s", "fcn16s", "fcn8s"])
def test_a_pixel_of_fcn_sees_what_lies_around_it(name):
    """The crops are right if what a pixel's score depends on has that pixel in its middle, on average over a cycle."""
    rows, columns = receptive_field(zoo.get(name).build(), "scores")
    assert rows == columns
    seen = [rows.at(place) for place in range(len(rows.reach))]
    assert sum((first + last) / 2 - place for place, (first, last) in enumerate(seen)) / len(seen) == pytest.approx(0)


def test_sides_of_unet_are_the_papers_figure_1():
    found = shapes(zoo.get("unet").build())
    levels = [found[f"level{level}.relu2"] for level in range(1, 6)]
    assert levels == [(64, 568, 568), (128, 280, 280), (256, 136, 136), (512, 64, 64), (1024, 28, 28)]
    assert [found[f"joined{level}"] for level in (4, 3, 2, 1)] == [
        (1024, 56, 56), (512, 104, 104), (256, 200, 200), (128, 392, 392),
    ]  # fmt: skip
    assert found["scores"] == (2, 388, 388)


def test_fields_of_the_context_module_are_the_papers_table_1():
    network = zoo.get("dilated_context").build()
    sides = [receptive_field(network, f"conv{layer}")[0].size for layer in range(1, 9)]
    assert sides == [3, 5, 9, 17, 33, 65, 67, 67]
    assert walk(network)[-1].shape == network.input


def test_the_front_end_reads_186_pixels_on_each_side():
    """The border that the authors' programs add: a field is as wide as twice that and the eight that it stands for."""
    network = zoo.get("dilated_front_end").build()
    assert walk(network)[-1].shape == (21, (900 - 2 * 186) // 8, (900 - 2 * 186) // 8)
    rows, _ = receptive_field(network, "conv16")
    assert (rows.at(0), rows.at(65)) == ((0, 2 * 186 + 7), (900 - 2 * 186 - 8, 899))


@pytest.mark.parametrize(
    ("name", "millions"),
    [("resnet20", 0.27), ("resnet32", 0.46), ("resnet44", 0.66), ("resnet56", 0.85), ("resnet110", 1.7)],
)
def test_cifar_resnets_count_as_in_the_papers_table_6(name, millions):
    depth = int(name.removeprefix("resnet"))
    steps = walk(zoo.network(name))
    weighted = [step for step in steps if isinstance(step.layer, Conv | Dense)]
    assert len(weighted) == depth
    assert f"{cost(zoo.network(name)).params / 1e6:.2g}" == f"{millions:.2g}"
    assert not any(step.layer.params(step.received) for step in steps if ".shortcut" in step.path)


def test_a_plain_network_is_its_residual_twin_without_the_shortcuts():
    for depth in (20, 56):
        plain, residual = cost(zoo.network(f"plain{depth}")), cost(zoo.network(f"resnet{depth}"))
        assert (plain.params, plain.macs) == (residual.params, residual.macs)


def test_vgg_counts_are_the_papers_table_2():
    """Millions of parameters of the configurations A and A-LRN, B, C, D, E."""
    millions = {"vgg_a": 133, "vgg_a_lrn": 133, "vgg_b": 133, "vgg_c": 134, "vgg_d": 138, "vgg_e": 144}
    assert {name: round(cost(zoo.network(name)).params / 1e6) for name in millions} == millions


def test_sides_of_zfnet_and_googlenet_are_the_papers():
    """ZFNet's figure 3, GoogLeNet's table 1."""
    found = shapes(zoo.network("zfnet"))
    paths = ("conv1", "pool1", "conv2", "pool2", "conv3", "conv5", "pool3")
    assert [found[path][1] for path in paths] == [110, 55, 26, 13, 13, 13, 6]
    found = shapes(zoo.network("googlenet"))
    paths = ("conv1", "pool1", "conv3", "pool2", "inception3a.concat", "inception3b.concat", "pool3")
    assert [found[path] for path in paths] == [
        (64, 112, 112), (64, 56, 56), (192, 56, 56), (192, 28, 28), (256, 28, 28), (480, 28, 28), (480, 14, 14),
    ]  # fmt: skip
    ends = [found[f"inception{name}.concat"] for name in ("4a", "4b", "4c", "4d", "4e", "5a", "5b")]
    assert ends == [(512, 14, 14)] * 3 + [(528, 14, 14), (832, 14, 14), (832, 7, 7), (1024, 7, 7)]


def test_side_heads_read_a_4x4_map():
    network = zoo.network("googlenet_side_heads", classes=5)
    steps = walk(network)
    ends = {name: steps[index].shape for name, index in outputs(network).items()}
    assert ends == {"main": (5,), "side1": (5,), "side2": (5,)}
    found = shapes(network)
    assert (found["side1.pool1"], found["side2.pool1"]) == ((512, 4, 4), (528, 4, 4))


@pytest.mark.parametrize(
    ("name", "macs", "params"),
    [
        ("mobilenet_v1", 569, 4.2), ("mobilenet_v1_075", 325, 2.6), ("mobilenet_v1_050", 149, 1.3),
        ("mobilenet_v1_025", 41, 0.5),
    ],
)  # fmt: skip
def test_widths_of_mobilenet_v1_are_the_papers_table_6(name, macs, params):
    """Millions of multiplications and of parameters."""
    found = cost(zoo.network(name))
    assert (round(found.macs / 1e6), round(found.params / 1e6, 1)) == (macs, params)


def test_mobilenet_v1_of_any_width():
    """By the same sums as the widths that have a function of their own."""
    for name in ("mobilenet_v1_060", "mobilenet_v1_130"):
        entry = zoo.get(name)
        assert entry.name == entry.build().name == name
        assert zoo.known(name) and name not in zoo.names()
        assert not entry.published
        assert "mobilenetv1_100" in entry.caution
    assert walk(zoo.network("mobilenet_v1_060"))[0].shape[0] == 19
    assert zoo.get("mobilenet_v1_100").name == "mobilenet_v1"
    assert [zoo.known(f"mobilenet_v1_{width}") for width in ("005", "1000", "06")] == [False] * 3


def test_the_released_mobilenet_v1_of_width_075_has_as_many_values():
    """Keras's file holds 2,601,976, two statistics for each channel that is normalized among them."""
    steps = walk(zoo.network("mobilenet_v1_075"))
    statistics = sum(2 * step.shape[0] for step in steps if isinstance(step.layer, BatchNorm))
    assert cost(zoo.network("mobilenet_v1_075")).params + statistics == 2_601_976


def test_convnext_drops_more_the_deeper():
    rates = [step.layer.rate for step in walk(zoo.network("convnext_tiny")) if isinstance(step.layer, StochasticDepth)]
    assert len(rates) == 18
    assert (rates[0], rates[-1]) == (0, 0.1)
    assert rates == sorted(rates)


def test_memory_of_vgg16():
    """Inputs, convolutions, pools and dense outputs are 15,237,608 values; with ReLU outputs apart, 28.8 million."""
    steps = walk(zoo.network("vgg16"))
    apart = sum(math.prod(step.shape) for step in steps if step.path.startswith(("conv", "pool", "dense")))
    assert apart + 3 * 224 * 224 == 15_237_608
    relus = sum(math.prod(step.shape) for step in steps if step.path.startswith("relu"))
    assert round((apart + relus + 3 * 224 * 224) / 1e6, 1) == 28.8


def test_names_and_unknown_ones():
    assert set(zoo.names()) >= set(PARAMS)
    years = [zoo.get(name).year for name in zoo.names()]
    assert years == sorted(years)
    assert zoo.names().index("resnet18") < zoo.names().index("resnet101")
    with pytest.raises(NetworkError, match="unknown network 'resnet81'; did you mean 'resnet18'"):
        zoo.get("resnet81")
    with pytest.raises(NetworkError, match="unknown network 'vgg'; did you mean 'vgg13', 'vgg16' or 'vgg19'"):
        zoo.get("vgg")
    with pytest.raises(
        ShapeError, match=r"lenet5 does not fit an input of 1x28x28: layer `conv3`: .*use a size of at most 4"
    ):
        zoo.network("lenet5", side=28)


def test_for_other_data():
    network = zoo.network("resnet18", classes=6, channels=1, side=200)
    assert network.input == (1, 200, 200)
    assert walk(network)[-1].shape == (6,)
    assert zoo.get("lenet5").border == 2


def test_a_new_network_is_one_file(tmp_path, monkeypatch):
    (tmp_path / "homemade.py").write_text(
        "from neocog.network import Dense, Network\n"
        "from neocog.zoo.entry import paper_network\n"
        "@paper_network(year=1958, paper='Rosenblatt')\n"
        "def homemade():\n"
        "    '''One dense layer.'''\n"
        "    return Network((4,), (Dense(2),), name='homemade')\n"
    )
    catalogue = importlib.import_module("neocog.zoo.catalogue")
    monkeypatch.setattr(zoo, "__path__", [*zoo.__path__, str(tmp_path)])
    monkeypatch.setattr(ZOO, "_items", dict(ZOO._items))
    catalogue._discover.cache_clear()
    try:
        assert "homemade" in zoo.names()[:2]
        assert zoo.get("homemade").summary == "One dense layer"
    finally:
        sys.modules.pop("neocog.zoo.homemade", None)
        vars(zoo).pop("homemade", None)
        catalogue._discover.cache_clear()


def test_a_name_is_given_once():
    def lenet5():
        """Another one."""

    with pytest.raises(AssertionError, match="'lenet5' is registered twice"):
        paper_network(year=2000, paper="none")(lenet5)


def test_other_names_are_not_counted():
    """The paper's letters of the VGG configurations."""
    letters = {"vgg_a": "vgg11", "vgg_b": "vgg13", "vgg_c": "vgg16_1x1", "vgg_d": "vgg16", "vgg_e": "vgg19"}
    for alias, name in letters.items():
        assert zoo.get(alias).name == name
        assert zoo.network(alias) == zoo.network(name)
        assert zoo.known(alias) and alias not in zoo.names()
    assert len(zoo.names()) == len({zoo.network(name) for name in zoo.names()})
    assert not zoo.known("vgg_f")
