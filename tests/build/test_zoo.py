"""Every network of the zoo, built: torch agrees with each figure that is predicted of it, and its rules apply."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from neocog.build import build, tapped
from neocog.network import Network, cost, walk
from neocog.zoo import auto, get, names

Measure = Callable[[nn.Module, torch.Tensor], int]

LIGHT = 15_000_000  # parameters; larger networks are built on the meta device alone
SHORT = 120  # steps; what is longer repeats itself, and exporting takes as long as it is


def is_light_and_short(network: Network) -> bool:
    return cost(network).params < LIGHT and len(walk(network)) < SHORT


def agree(network: Network, measured_macs: Measure) -> None:
    model = build(network, device="meta").eval()
    x = torch.empty(2, *network.input, device="meta")
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
    results = model(torch.randn(2, *network.input))
    for logits in results.values() if isinstance(results, dict) else (results,):
        assert logits.isfinite().all()
        assert 1e-4 < float(logits.detach().std()) < 30


@pytest.mark.parametrize("name", [name for name in names() if is_light_and_short(get(name).build())])
def test_zoo_networks_trace_and_export(name: str) -> None:
    network = get(name).build()
    model, x = build(network).eval(), torch.randn(2, *network.input)
    expected = model(x)
    torch.testing.assert_close(torch.fx.symbolic_trace(model)(x), expected, rtol=0, atol=0)
    torch.testing.assert_close(torch.export.export(model, (x,)).module()(x), expected, rtol=0, atol=0)
