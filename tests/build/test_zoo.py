"""Every network of the zoo, built: torch agrees with each figure that is predicted of it, its rules apply, it learns.

That it learns is one step down the gradient: the loss on the same batch, under the same dropout, must fall by what the
gradient promises. Of that step every tensor has an equal share, so one whose gradient is off by a tenth is noticed in a
network of hundreds.
"""

import re
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from neocog.build import build, tapped
from neocog.network import Network, Tokens, cost, outputs, parse, walk
from neocog.zoo import auto, get, names, network

Measure = Callable[[nn.Module, torch.Tensor], int]

LIGHT = 15_000_000  # parameters; larger networks are built on the meta device alone
SHORT = 120  # steps; what is longer repeats itself, and exporting takes as long as it is

SIDES = {
    "alexnet": 67, "alexnet_ungrouped": 67, "alexnet_one_tower": 64, "zfnet": 64, "zfnet_wide": 64, "nin_imagenet": 128,
    **{name: 64 for name in names() if re.match(r"squeezenet|densenet|mobilenet|convnext|googlenet", name)},
    **{name: 32 for name in names() if name.startswith("vgg")},
    **{name: 64 for name in names() if re.match(r"resnet\d+", name) and get(name).build().input[1:] == (224, 224)},
    "googlenet_side_heads": 80, "unet": 188, "fcn32s": 32, "fcn16s": 32, "fcn8s": 32,
    "dilated_front_end": 388, "dilated_basic": 388, "dilated_large": 388,
}  # fmt: skip
"""The image side for a training step, where a network bears one smaller than its own."""
MOST_CLASSES = 400  # for a training step; ImageNet's thousand become ten
MOST = (25_000_000, 2_000_000_000)  # parameters and MACs for a training step; what has more is made thinner
SHARE = 1e-7  # of the loss, to be gained by a step
EXACTNESS = 0.1  # how far the gain may be off, of one tensor's share; 0.03 is the most that kinks within a step come to


def batch(network: Network, samples: int, device: str = "cpu") -> torch.Tensor:
    """Noise, or words at random."""
    if isinstance(network.input, Tokens):
        return torch.randint(network.input.vocabulary, (samples, *network.shape), device=device)
    return torch.randn(samples, *network.shape, device=device)


def is_light_and_short(network: Network) -> bool:
    return cost(network).params < LIGHT and len(walk(network)) < SHORT


def agree(network: Network, measured_macs: Measure) -> None:
    model = build(network, device="meta").eval()
    x = batch(network, 2, "meta")
    steps = walk(network)
    taps = tapped(model, [step.path for step in steps])(x)
    assert {path: tuple(tap.shape[1:]) for path, tap in taps.items()} == {step.path: step.shape for step in steps}
    predicted = cost(network)
    assert sum(parameter.numel() for parameter in model.parameters()) == predicted.params
    assert measured_macs(model, x[:1]) == predicted.macs
    assert sum(tap[0].numel() for tap in taps.values()) == predicted.activations


@pytest.mark.parametrize("name", names())
def test_torch_agrees_with_the_prediction(name: str, measured_macs: Measure) -> None:
    agree(get(name).build(), measured_macs)


@pytest.mark.parametrize("side", [8, 28, 32, 64, 100, 200, 224])
@pytest.mark.parametrize("images", [100, 60_000])
def test_torch_agrees_with_the_prediction_of_auto(side: int, images: int, measured_macs: Measure) -> None:
    network, _ = auto(side=side, channels=3, images=images, classes=6)
    agree(network, measured_macs)


@pytest.mark.parametrize("name", names())
def test_the_rules_apply_and_draw_finite_weights_that_give_finite_logits(name: str) -> None:
    entry = get(name)
    network = entry.build()
    if cost(network).params > LIGHT:
        build(network, init=entry.init, device="meta")  # the rules are checked there too
        return
    model, again = build(network, 5, entry.init), build(network, 5, entry.init)
    assert all(map(torch.equal, model.state_dict().values(), again.state_dict().values()))
    # as in training: blocks whose batch statistics are not taken yet double their variance one after the other
    results = model(batch(network, 2))
    for logits in results.values() if isinstance(results, dict) else (results,):
        assert logits.isfinite().all()
        assert 1e-4 < float(logits.detach().std()) < 30


@pytest.mark.parametrize("name", [name for name in names() if is_light_and_short(get(name).build())])
def test_zoo_networks_trace_and_export(name: str) -> None:
    network = get(name).build()
    model, x = build(network).eval(), batch(network, 2)
    expected = model(x)
    torch.testing.assert_close(torch.fx.symbolic_trace(model)(x), expected, rtol=0, atol=0)
    torch.testing.assert_close(torch.export.export(model, (x,)).module()(x), expected, rtol=0, atol=0)


def thin(network: Network) -> Network:
    """The same network with an eighth of the channels, as its text with other numbers."""

    def eighth(match: re.Match[str]) -> str:
        return match[1] + (str(int(match[2]) // 8) if int(match[2]) >= 64 else match[2])

    return parse(re.sub(r"(\b(?:Conv|ConvTranspose|Dense)\(|groups=)(\d+)", eighth, repr(network)))


def small(name: str) -> Network:
    """A network, made small enough for a training step."""
    shapes = [walk(get(name).build())[index].shape for index in outputs(get(name).build()).values()]
    classes = 10 if max(shape[0] for shape in shapes) > MOST_CLASSES else None
    made = network(name, side=SIDES.get(name), classes=classes)
    total = cost(made)
    return thin(made) if total.params > MOST[0] or total.macs > MOST[1] else made


def loss(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Cross-entropy against fixed classes, at every place of a map, summed over outputs; of one number, the square."""
    torch.manual_seed(1)  # what is dropped
    results = model(x)
    total = torch.zeros((), dtype=torch.float64)
    for logits in results.values() if isinstance(results, dict) else (results,):
        torch.manual_seed(2)
        if logits.shape[1] == 1:
            total = total + F.mse_loss(logits, torch.randn_like(logits))
        else:
            total = total + F.cross_entropy(logits, torch.randint(logits.shape[1], logits[:, 0].shape))
    return total


@pytest.mark.parametrize("name", names())
def test_a_step_down_the_gradient_gains_what_it_promises(name: str) -> None:
    """In float64, where so small a step is not lost in rounding, and as far up as down, so that no bend counts."""
    made = small(name)
    model = build(made).double()
    torch.manual_seed(0)
    for each in model.parameters():
        each.data += 0.01 * torch.randn_like(each)  # biases of zero on blank padding would stand right on a kink
    x = batch(made, 2 if len(walk(made)[-1].shape) > 1 else 4)
    x = x.double() if x.is_floating_point() else x
    before = loss(model, x)
    before.backward()
    gradients = {key: each.grad for key, each in model.named_parameters() if each.grad is not None and each.grad.any()}
    parameters = dict(model.named_parameters())
    assert parameters.keys() == gradients.keys()
    steepest = max(float(gradient.norm()) for gradient in gradients.values())
    felt = [key for key, gradient in gradients.items() if gradient.norm() > 1e-9 * steepest]
    # a norm or a softmax over all places takes out again what is added everywhere
    assert all(key.endswith(".bias") for key in gradients.keys() - set(felt))
    rate = SHARE * before.item() / len(felt)

    def at(steps: int) -> float:
        with torch.no_grad():
            for key in felt:
                parameters[key] += steps * rate * gradients[key] / gradients[key].square().sum()
            return loss(model, x).item()

    assert (at(1) - at(-2)) / (2 * rate) == pytest.approx(len(felt), abs=EXACTNESS)
