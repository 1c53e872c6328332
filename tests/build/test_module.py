"""Built networks: names, shapes, cost, receptive field, determinism, and what other tools can do with them."""

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import nn

from neocog.build import build, tap_names, tapped
from neocog.core.errors import NetworkError, RecipeError
from neocog.network import (
    GELU,
    Add,
    AvgPool,
    BatchNorm,
    Branches,
    Concat,
    Conv,
    Dense,
    DenseBlock,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Graph,
    LayerNorm,
    LayerScale,
    LocalResponseNorm,
    MaxPool,
    Network,
    Node,
    PadChannels,
    ReLU,
    Repeat,
    Residual,
    Sequence,
    Tanh,
    cost,
    receptive_fields,
    walk,
)

Measure = Callable[[nn.Module, torch.Tensor], int]


def block(channels: int, stride: int = 1) -> Residual:
    body = Sequence(Conv(channels, 3, stride, pad=1, bias=False), BatchNorm(), ReLU(), Conv(channels, 3, pad=1))
    return Residual(body, Conv(channels, 1, stride)) if stride > 1 else Residual(body)


NETWORKS = {
    "plain": Network((1, 12, 12), (Conv(4, 5), Tanh(), AvgPool(2), Conv(6, 3), Tanh(), Flatten(), Dense(3))),
    "residual": Network(
        (2, 17, 13), (Conv(4, 3, 2), ReLU(), Repeat(2, block(4)), block(8, 2), GlobalAvgPool(), Dense(3)), fit="floor"
    ),
    "branches": Network(
        (3, 9, 9),
        (
            Conv(4, 3),
            Branches(
                Conv(2, 1),
                Sequence(Conv(2, 1), ReLU(), Conv(3, 5, pad=2), name="wide"),
                Sequence(MaxPool(3, 1, pad=1), Conv(1, 1)),
            ),
            LocalResponseNorm(3),
            MaxPool(3, 2),
            Conv(4, 2, groups=2),
        ),
    ),
    "uneven": Network((1, 11, 8), (Conv(2, 4, 3, pad="same"), MaxPool(3, 2, pad=((0, 1), (1, 1))), Conv(2, (1, 2)))),
    "dense": Network(
        (2, 9, 9),
        (Conv(4, 3), DenseBlock(3, Sequence(BatchNorm(), ReLU(), Conv(2, 3, pad=1))), BatchNorm(), Conv(3, 1)),
    ),
    "padded": Network(
        (2, 9, 8),
        (
            Residual(Conv(5, 3, 2, pad=1), Sequence(MaxPool(1, 2), PadChannels(5))),
            Residual(Sequence(Conv(5, 3, pad=1, groups=5), LayerNorm(), Conv(5, 1), GELU(), LayerScale())),
        ),
        fit="floor",
    ),
    "sequence": Network((3, 20), (Conv(4, 5, dilation=2), BatchNorm(), ReLU(), MaxPool(3, fit="ceil"), Conv(2, 2))),
    "graph": Network(
        (2, 8, 8),
        (
            Conv(2, 1),
            Graph(
                Node("left", Sequence(Conv(3, 3, pad=1), BatchNorm(), ReLU())),
                Node("right", Conv(3, 1), inputs="input"),
                Node("sum", Add(), inputs=("left", "right")),
                Node("all", Concat(), inputs=("sum", "left", "input")),
            ),
            Dropout(0.5),
            Conv(3, 3),
        ),
    ),
}
SHARED = Network(
    (2, 8, 8),
    (
        Graph(
            Node("stem", Conv(2, 3, pad=1)),
            Node("first", Sequence(Conv(2, 3, 2, pad="same"), BatchNorm())),
            Node("second", "first"),
            Node("far", "stem", inputs="input"),
            Node("flat", Flatten(), inputs="second"),
            Node("classes", Dense(5)),
            outputs=("classes", "far"),
        ),
    ),
)
EVERY = NETWORKS | {"shared": SHARED}


def batch(network: Network, count: int = 2) -> torch.Tensor:
    return torch.randn(count, *network.input, generator=torch.Generator().manual_seed(7))


@pytest.mark.parametrize("name", EVERY)
def test_every_layer_gives_its_predicted_shape_and_cost(name: str, measured_macs: Measure) -> None:
    network = EVERY[name]
    model = build(network).eval()
    steps = walk(network)
    taps = tapped(model, [step.path for step in steps])(batch(network))
    assert {path: tuple(tap.shape[1:]) for path, tap in taps.items()} == {step.path: step.shape for step in steps}
    predicted = cost(network)
    assert sum(parameter.numel() for parameter in model.parameters()) == predicted.params
    assert measured_macs(model, batch(network, 1)) == predicted.macs
    assert sum(tap[0].numel() for tap in taps.values()) == predicted.activations


@pytest.mark.parametrize("name", NETWORKS)
def test_the_receptive_field_is_what_a_poisoned_input_reaches(name: str) -> None:
    """A NaN in one row of the input reaches exactly the rows of a layer that see it.

    The gradient would miss what a maximum drops. In double precision, where torch multiplies plainly.
    """
    network = NETWORKS[name]
    model = build(network).eval().double()
    steps = walk(network)
    predicted = receptive_fields(steps)
    view = tapped(model, [step.path for step in steps])
    for axis in range(len(network.input) - 1):
        side = network.input[axis + 1]
        poisoned = batch(network, 1).double().repeat(side, *[1] * len(network.input))
        for row in range(side):
            poisoned[row].select(axis + 1, row).fill_(float("nan"))
        taps = view(poisoned)
        for step, extents in zip(steps, predicted, strict=True):
            if isinstance(step.layer, Flatten):  # a place of the map is then many features
                continue
            reached = taps[step.path].isnan()  # input row, channel, places along each axis
            for other in reversed(range(1, reached.dim())):
                if other - 2 != axis or len(step.shape) == 1:
                    reached = reached.any(other, keepdim=True)
            reached = reached.reshape(side, -1)
            extent = extents[axis]
            for place in range(reached.shape[1]):
                seen = reached[:, place].nonzero().flatten().tolist()
                low, high = extent.at(place) or (0, -1)
                assert (seen[0], seen[-1]) == (max(low, 0), min(high, side - 1)), (step.path, axis, place)


def test_keys_are_paths_in_the_order_of_the_walk() -> None:
    model = build(NETWORKS["residual"])
    assert [name for name, _ in model.named_parameters()][:6] == [
        "conv1.weight",
        "conv1.bias",
        "block1.body.conv1.weight",
        "block1.body.norm1.weight",
        "block1.body.norm1.bias",
        "block1.body.conv2.weight",
    ]
    assert "block3.shortcut.conv1.weight" in model.state_dict()
    assert isinstance(model.get_submodule("block1.body.conv1"), nn.Conv2d)
    names = [name for name, module in model.named_modules() if not list(module.children())]
    assert names == [step.path for step in walk(NETWORKS["residual"])]


def test_shared_weights_are_built_once_and_run_thrice() -> None:
    model = build(SHARED).eval()
    assert not [name for name in model.state_dict() if name.startswith(("second", "far"))]
    x = batch(SHARED)
    outputs = model(x)
    assert list(outputs) == ["classes", "far"]
    stem = model.stem(x)
    torch.testing.assert_close(outputs["far"], stem)
    # "same" under a stride pads 8 rows and 4 rows alike, here: (0, 1).
    once = model.first.norm1(model.first.conv1(nn.functional.pad(stem, (0, 1, 0, 1))))
    twice = model.first.norm1(model.first.conv1(nn.functional.pad(once, (0, 1, 0, 1))))
    torch.testing.assert_close(outputs["classes"], model.classes(twice.flatten(1)))


def test_shared_weights_pad_for_the_map_that_each_use_reads() -> None:
    """TensorFlow's rule pads 6 rows by (0, 1) and 3 rows by (1, 1)."""
    network = Network((1, 6, 6), (Graph(Node("a", Conv(1, 3, 2, pad="same")), Node("b", "a")),))
    model = build(network)
    x = batch(network)
    once = model.a(nn.functional.pad(x, (0, 1, 0, 1)))
    torch.testing.assert_close(model(x), model.a(nn.functional.pad(once, (1, 1, 1, 1))))


@pytest.mark.parametrize("name", EVERY)
def test_the_same_seed_gives_the_same_weights_and_another_others(name: str) -> None:
    network = EVERY[name]
    torch.manual_seed(1)
    first = build(network, seed=3).state_dict()
    torch.manual_seed(2)
    again, other = build(network, seed=3).state_dict(), build(network, seed=4).state_dict()
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert all(tensor.isfinite().all() for tensor in first.values())
    drawn = [key for key in first if key.endswith("weight") and first[key].dim() > 1]
    assert not any(torch.equal(first[key], other[key]) for key in drawn)


def test_a_layer_more_leaves_the_others_weights_alone() -> None:
    network = NETWORKS["plain"]
    longer = replace(network, layers=(*network.layers, Tanh(), Dense(2)))
    before, after = build(network).state_dict(), build(longer).state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)


def test_building_leaves_torchs_own_generator_alone() -> None:
    before = torch.get_rng_state()
    build(NETWORKS["residual"])
    assert torch.equal(torch.get_rng_state(), before)


def test_weights_before_a_relu_are_hes_and_others_glorots() -> None:
    layers = (
        Conv(64, 3),
        BatchNorm(),
        MaxPool(2),
        ReLU(),
        Conv(64, 3),
        Tanh(),
        Flatten(),
        Dense(100),
        Dropout(),
        ReLU(),
        Dense(200),
    )
    state = build(Network((32, 12, 12), layers)).state_dict()
    expected = {
        "conv1": (2 / 288) ** 0.5,
        "conv2": (2 / (576 + 576)) ** 0.5,
        "dense1": (2 / 576) ** 0.5,
        "dense2": (2 / 300) ** 0.5,
    }
    for path, deviation in expected.items():
        assert float(state[f"{path}.weight"].std()) == pytest.approx(deviation, rel=0.04), path
        assert not state[f"{path}.bias"].any()
    assert (state["norm1.weight"] == 1).all()
    assert not state["norm1.bias"].any()
    assert not state["norm1.running_mean"].any()
    assert (state["norm1.running_var"] == 1).all()


def test_a_residual_bodys_end_is_followed_by_the_blocks_relu() -> None:
    network = Network((16, 9, 9), (Residual(Sequence(Conv(16, 3, pad=1), BatchNorm())), GlobalAvgPool()))
    weight = build(network).state_dict()["block1.body.conv1.weight"]
    assert float(weight.std()) == pytest.approx((2 / 144) ** 0.5, rel=0.05)


def test_rules_choose_by_path() -> None:
    rules = [(r"conv[2-9]\.bias", "constant(1)"), (r".*\.weight", "normal(0.01)")]
    state = build(NETWORKS["plain"], init=rules).state_dict()
    assert (state["conv2.bias"] == 1).all()
    assert not state["conv1.bias"].any()
    assert float(state["conv2.weight"].std()) == pytest.approx(0.01, rel=0.2)
    with pytest.raises(RecipeError, match=r"init rule 'conv9.weight' matches no tensor; did you mean 'conv"):
        build(NETWORKS["plain"], init=[("conv9.weight", "zeros")])


@pytest.mark.parametrize("name", EVERY)
def test_models_copy_trace_export_and_load_strictly(name: str) -> None:
    network = EVERY[name]
    model, x = build(network).eval(), batch(network)
    expected = model(x)
    clone = copy.deepcopy(model)
    other = build(network, seed=9).eval()
    other.load_state_dict(model.state_dict(), strict=True)
    frame = build(network, device="meta").eval()
    assert all(parameter.is_meta for parameter in frame.parameters())
    frame.load_state_dict(model.state_dict(), strict=True, assign=True)
    exported = torch.export.export(model, (x,)).module()
    for same in (clone, other, frame, torch.fx.symbolic_trace(model), exported):
        torch.testing.assert_close(same(x), expected, rtol=0, atol=0)
    assert not {id(own) for own in clone.parameters()} & {id(own) for own in model.parameters()}
    assert tap_names(clone) == tap_names(model)


def test_the_forward_pass_reads_like_the_network() -> None:
    code = build(NETWORKS["plain"]).code
    assert "conv2 = self.conv2(pool1)" in code
    assert code.count("self.") == len(NETWORKS["plain"].layers)


def test_every_name_that_a_network_may_give_a_module_can_bear() -> None:
    taken = [name for name in dir(build(NETWORKS["plain"])) if not name.startswith("_")]
    for name in taken:
        if name in {step.path for step in walk(NETWORKS["plain"])}:
            continue
        with pytest.raises(NetworkError, match=r"a name that a module can bear|letters, digits"):
            Conv(1, 1, name=name)


def test_models_train() -> None:
    network = NETWORKS["residual"]
    model, x = build(network), batch(network, 8)
    target = torch.arange(8) % 3
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 < losses[0]
