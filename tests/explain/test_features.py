"""Feature maps as hooks see them, and filters as they are."""

import numpy as np
import pytest
import torch
from torch import nn

from neocog import zoo
from neocog.build import build
from neocog.core.errors import NetworkError
from neocog.data import Preprocessing, normalize
from neocog.explain import features, filters, layers
from neocog.network import Conv, Dense, Flatten, MaxPool, Network, ReLU, Residual, Sequence

NETWORK = Network(
    (3, 10, 14),
    (Conv(4, 3, pad=1), ReLU(), Residual(Sequence(Conv(4, 3, pad=1), ReLU())), MaxPool(2), Flatten(), Dense(5)),
)
COLOR = Preprocessing(size=(10, 14), channels=3, mean=(0.5,), deviation=(0.25,))
IMAGES = np.random.default_rng(0).integers(0, 256, (70, 3, 10, 14)).astype(np.uint8)


def test_every_layers_maps_are_those_that_hooks_see() -> None:
    module = build(NETWORK, seed=1)
    found = {layer.path: layer for layer in features(module, IMAGES, COLOR)}
    assert list(found) == list(layers(module))
    assert "block1" not in found and "block1.add" in found
    seen: dict[str, torch.Tensor] = {}
    for path in found:
        part = module.get_submodule(path)
        part.register_forward_hook(lambda _part, _inputs, output, path=path: seen.update({path: output.detach()}))
    with torch.no_grad():
        module.eval()(normalize(torch.from_numpy(IMAGES), COLOR))
    for path, layer in found.items():
        assert layer.values == pytest.approx(seen[path].numpy(), abs=1e-5)
    low, high = found["conv1"].spans(7)[2]
    assert (low, high) == (found["conv1"].values[7, 2].min(), found["conv1"].values[7, 2].max())
    assert found["dense1"].spans(0)[1] == (found["dense1"].values[0, 1],) * 2


def test_chosen_layers_of_a_foreign_module() -> None:
    module = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(inplace=True), nn.Flatten())
    first, second = features(module, IMAGES[:2], COLOR, ["0", "1"])
    assert first.values.min() < 0 <= second.values.min()
    assert layers(module) == ("0", "1", "2")
    assert module.training


def test_the_first_filters_are_found_by_themselves() -> None:
    module = build(NETWORK, seed=1)
    found = filters(module)
    assert found.path == "conv1"
    assert (found.weights == module.get_submodule("conv1").weight.detach().numpy()).all()
    assert filters(module, "block1.body.conv1").weights.shape == (4, 4, 3, 3)
    pixels = found.pixels()
    for picture, weight in zip(pixels, found.weights, strict=True):
        assert np.corrcoef(picture.ravel(), weight.ravel())[0, 1] > 0.999
        assert max(abs(int(picture.max()) - 128), abs(int(picture.min()) - 128)) == 127
    with torch.no_grad():
        module.get_submodule("conv1").weight[0] = 0
    assert (filters(module).pixels()[0] == 128).all()
    assert not (found.weights[0] == 0).all(), "the weights were copied"


def test_what_has_no_filters_says_so() -> None:
    module = build(Network((1, 8, 8), (Flatten(), Dense(2))))
    with pytest.raises(NetworkError, match="the network has no convolution over images, so no filters to look at"):
        filters(module)
    with pytest.raises(NetworkError, match="there is no convolution at 'conv2'; did you mean 'conv1'?"):
        filters(build(NETWORK), "conv2")


@pytest.mark.parametrize("name", ["alexnet", "lenet5", "squeezenet1_1", "resnet18", "densenet121", "mobilenet_v2"])
def test_the_first_filters_of_classics(name: str) -> None:
    network = zoo.network(name)
    found = filters(build(network))
    assert found.weights.shape[1] == network.shape[0]
