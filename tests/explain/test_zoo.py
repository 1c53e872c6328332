"""Every image classifier of the zoo: each method gives a map, or says why not; the images are as small as may be."""

import re

import pytest
import torch

from neocog.build import build
from neocog.core.errors import NetworkError
from neocog.explain import METHODS
from neocog.network import Network, ReLU, ReLU6, Tokens, cost, outputs, walk
from neocog.zoo import get, names, network

SIDES = {
    **{name: 65 for name in names() if re.match(r"resnet(18|34|50|101|152)", name)},
    **{name: 64 for name in names() if re.match(r"squeezenet|densenet|mobilenet|convnext", name)},
    **{name: 32 for name in names() if name.startswith("vgg")},
    "alexnet": 67, "alexnet_ungrouped": 67, "alexnet_one_tower": 64, "zfnet": 64, "zfnet_wide": 64, "nin_imagenet": 99,
    "googlenet": 80, "googlenet_bn": 80, "googlenet_bn_3x3": 80, "googlenet_side_heads": 80,
}  # fmt: skip
"""The image side, where a network bears one smaller than its own."""
MOST = (12_000_000, 400_000_000)
"""Parameters and MACs beyond which a network is left to the slow tests."""
SLOW_METHODS = {"integrated", "smooth_grad", "occlusion"}
"""Many passes each; quick networks alone have them here, and the others' passes are those of `saliency`."""
NO_RELU = {"perceptron", "lenet5", "lenet5_1998", "mlp", "convnext_tiny"}
NO_MAPS = {"perceptron", "mlp", "mlp_dropout"}
LACKING = {"guided": NO_RELU, "deconvolution": NO_RELU, "grad_cam": NO_MAPS, "layer_cam": NO_MAPS}


def classifies_images(name: str) -> bool:
    made = get(name).build()
    shapes = [walk(made)[place].shape for place in outputs(made).values()]
    return not isinstance(made.input, Tokens) and len(made.input) == 3 and len(shapes[0]) == 1


CLASSIFIERS = [name for name in names() if classifies_images(name)]


def sized(name: str) -> Network:
    return network(name, classes=10, side=SIDES[name]) if name in SIDES else get(name).build()


def is_light(made: Network) -> bool:
    total = cost(made)
    return total.params <= MOST[0] and total.macs <= MOST[1]


def explained(made: Network, name: str) -> None:
    model = build(made, seed=1)
    generator = torch.Generator().manual_seed(5)
    images = torch.randn(1, *made.shape, generator=generator)
    modes = [each.training for each in model.modules()]
    quick = cost(made).macs < 5_000_000
    for method in METHODS.values():
        if method.name in SLOW_METHODS and not quick:
            continue
        if name in LACKING.get(method.name, ()):
            with pytest.raises(NetworkError, match="need a ReLU|no convolution"):
                method.heat(model, images, 1)
            continue
        heat = method.heat(model, images, 1)
        assert heat.shape == (1, *made.shape[1:]), method.name
        assert torch.isfinite(heat).all(), method.name
    assert modes == [each.training for each in model.modules()]


def test_the_lists_name_what_they_say() -> None:
    assert len(CLASSIFIERS) > 50
    for name in CLASSIFIERS:
        layers = {type(step.layer) for step in walk(get(name).build())}
        assert layers.isdisjoint({ReLU, ReLU6}) == (name in NO_RELU), name


@pytest.mark.parametrize("name", [name for name in CLASSIFIERS if is_light(sized(name))])
def test_a_network(name: str) -> None:
    explained(sized(name), name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in CLASSIFIERS if not is_light(sized(name))])
def test_a_heavy_network(name: str) -> None:
    explained(sized(name), name)
