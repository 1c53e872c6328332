"""Every network of the zoo: it exists, fits, counts as published, and its text reads back."""

import importlib
import math
import re

import pytest

from neocog import zoo
from neocog.core.errors import NetworkError, ShapeError
from neocog.network import cost, parse, shapes, walk
from neocog.zoo.entry import ZOO, Figure, paper_network

PARAMS = {
    "lenet5": 61_706,
    "mnist_cnn": (16 * 25 + 16) + (64 * 16 * 25 + 64) + (1024 * 256 + 256) + (256 * 10 + 10),
    "mlp": 784 * 30 + 30 + 30 * 10 + 10,
    "alexnet": 60_965_224,
    "vgg16": 138_357_544,
    "resnet18": 11_689_512,
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
    assert all(isinstance(figure, Figure) and figure.note for figure in entry.published)
    assert len(walk(network)[-1].shape) == 1
    assert walk(zoo.network(name, classes=7))[-1].shape == (7,)
    paths = [step.path for step in walk(network) if step.layer.params(step.received)]
    for pattern, _ in entry.init:
        assert any(re.fullmatch(pattern, f"{path}.{kind}") for path in paths for kind in ("weight", "bias")), pattern


@pytest.mark.parametrize("name", PARAMS)
def test_parameters(name):
    assert cost(zoo.network(name)).params == PARAMS[name]


def test_multiply_accumulates():
    """AlexNet's and ResNet-18's from the table of figures; LeNet-5's from the sums of its layers."""
    assert cost(zoo.network("alexnet")).macs == 724_406_816
    assert cost(zoo.network("resnet18")).macs == 1_814_073_344
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


def test_memory_of_vgg16():
    """Inputs, convolutions, pools and dense outputs are 15,237,608 values; with ReLU outputs apart, 28.8 million."""
    steps = walk(zoo.network("vgg16"))
    apart = sum(math.prod(step.shape) for step in steps if step.path.startswith(("conv", "pool", "dense")))
    assert apart + 3 * 224 * 224 == 15_237_608
    relus = sum(math.prod(step.shape) for step in steps if step.path.startswith("relu"))
    assert round((apart + relus + 3 * 224 * 224) / 1e6, 1) == 28.8


def test_names_and_unknown_ones():
    assert set(zoo.names()) >= set(PARAMS)
    assert list(zoo.names()) == sorted(zoo.names(), key=lambda name: (zoo.get(name).year, name))
    with pytest.raises(NetworkError, match="unknown network 'resnet81'; did you mean 'resnet18'"):
        zoo.get("resnet81")
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
    (tmp_path / "perceptron.py").write_text(
        "from neocog.network import Dense, Network\n"
        "from neocog.zoo.entry import paper_network\n"
        "@paper_network(year=1958, paper='Rosenblatt')\n"
        "def perceptron():\n"
        "    '''One dense layer.'''\n"
        "    return Network((4,), (Dense(2),), name='perceptron')\n"
    )
    catalogue = importlib.import_module("neocog.zoo.catalogue")
    monkeypatch.setattr(zoo, "__path__", [*zoo.__path__, str(tmp_path)])
    monkeypatch.setattr(ZOO, "_items", dict(ZOO._items))
    catalogue._discover.cache_clear()
    try:
        assert zoo.names()[0] == "perceptron"
        assert zoo.get("perceptron").summary == "One dense layer"
    finally:
        catalogue._discover.cache_clear()


def test_a_name_is_given_once():
    def lenet5():
        """Another one."""

    with pytest.raises(AssertionError, match="'lenet5' is registered twice"):
        paper_network(year=2000, paper="none")(lenet5)
