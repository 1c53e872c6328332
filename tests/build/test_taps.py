"""Taps: what they give is what hooks see, on built and on foreign modules, and what they cost is nothing."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn

from neocog.build import OUTPUT, build, tap_names, tapped
from neocog.core.errors import NetworkError
from neocog.network import (
    BatchNorm,
    Branches,
    Conv,
    Dense,
    GlobalAvgPool,
    Graph,
    MaxPool,
    Network,
    Node,
    ReLU,
    Residual,
    Sequence,
    find,
    walk,
)

NETWORK = Network(
    (2, 9, 9),
    (
        Conv(4, 3, 2, pad="same"),
        ReLU(),
        Residual(Sequence(Conv(4, 3, pad=1), BatchNorm(), ReLU(), Conv(4, 3, pad=1))),
        Branches(Conv(2, 1), Sequence(MaxPool(3, 1, 1), Conv(2, 1)), name="mixed"),
        GlobalAvgPool(),
        Dense(3),
    ),
)


def hooked(model: nn.Module, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """The oracle: every module's output, copied by a hook."""
    seen: dict[str, torch.Tensor] = {}

    def keep(path: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: object, output: object) -> None:
            if isinstance(output, torch.Tensor):
                seen[path] = output.detach().clone()

        return hook

    handles = [module.register_forward_hook(keep(path)) for path, module in model.named_modules() if path]
    model(x)
    for handle in handles:
        handle.remove()
    return seen


class Foreign(nn.Module):
    """A module as others write them: in-place ReLU, a composite, an unused layer, one that gives a tuple."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True))
        self.pair = nn.MaxPool2d(2, return_indices=True)
        self.head = nn.Linear(36, 3)
        self.unused = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.pair(self.body(x))[0].flatten(1))


def test_taps_equal_what_hooks_see() -> None:
    model, x = build(NETWORK).eval(), torch.randn(3, 2, 9, 9)
    seen = hooked(model, x)
    paths = [step.path for step in walk(NETWORK)]
    taps = tapped(model, paths)(x)
    assert list(taps) == paths
    for path in paths:
        assert torch.equal(taps[path], seen[path]), path


def test_a_composites_path_means_its_last_leaf() -> None:
    model, x = build(NETWORK).eval(), torch.randn(3, 2, 9, 9)
    steps = walk(NETWORK)
    for path in ("block1", "block1.body", "mixed", "mixed.branch2"):
        last = steps[find(steps, path)].path
        taps = tapped(model, [path, last])(x)
        assert taps[path] is taps[last], path
    assert tap_names(model)[:8] == (
        "conv1", "relu1", "block1.body.conv1", "block1.body.norm1", "block1.body.relu1", "block1.body.conv2",
        "block1.body", "block1.add",
    )  # fmt: skip


def test_a_view_stops_early_and_shares_its_modules() -> None:
    model = build(NETWORK)
    view = tapped(model, ["block1"])
    ran = hooked(model, torch.randn(3, 2, 9, 9))
    assert "dense1" in ran
    assert "mixed" not in view.code
    assert "dense1" not in dict(view.named_modules())
    assert {id(own) for own in view.parameters()} <= {id(own) for own in model.parameters()}
    model.eval()
    assert not view.get_submodule("block1.body.norm1").training


def test_a_side_branch_that_is_not_needed_is_not_computed() -> None:
    code = tapped(build(NETWORK), ["mixed.branch1"]).code
    assert "branch2" not in code


def test_a_tap_of_shared_weights_is_its_own_pass() -> None:
    network = Network((1, 6), (Graph(Node("a", Conv(1, 3, pad=1)), Node("b", "a"), Node("c", "a")),))
    model, x = build(network), torch.randn(1, 1, 6)
    taps = tapped(model, ["a", "b", "c"])(x)
    torch.testing.assert_close(taps["b"], model.a(taps["a"]))
    torch.testing.assert_close(taps["c"], model(x))


def test_gradients_flow_through_taps() -> None:
    model, x = build(NETWORK).eval(), torch.randn(1, 2, 9, 9)
    taps = tapped(model, ["conv1", "dense1"])(x)
    (gradient,) = torch.autograd.grad(taps["dense1"][0, 0], taps["conv1"])
    assert gradient.abs().sum() > 0


def test_unused_taps_leave_no_trace() -> None:
    model = build(NETWORK)
    code = model.code
    tapped(model, ["conv1"])
    assert model.code == code
    assert not any(module._forward_hooks for module in model.modules())


def test_taps_of_a_copy_are_the_copys() -> None:
    model, x = build(NETWORK).eval(), torch.randn(1, 2, 9, 9)
    clone = copy.deepcopy(model)
    with torch.no_grad():
        clone.conv1.weight.zero_()
    assert not tapped(clone, ["conv1"])(x)["conv1"].any()
    assert tapped(model, ["conv1"])(x)["conv1"].any()


def test_a_compiled_module_is_tapped_as_what_it_wraps() -> None:
    x = torch.randn(1, 2, 9, 9)
    for model, path in ((build(NETWORK).eval(), "conv1"), (Foreign().eval(), "body.0")):
        compiled = torch.compile(model, backend="eager")
        assert tap_names(compiled) == tap_names(model)
        assert torch.equal(tapped(compiled, [path])(x)[path], hooked(model, x)[path])


def test_foreign_modules_are_tapped_in_spite_of_in_place_layers() -> None:
    torch.manual_seed(0)
    model, x = Foreign().eval(), torch.randn(2, 2, 9, 9)
    view = tapped(model, ["body.1", "body", "head", "body.0"])
    taps = view(x)
    assert list(taps) == ["body.1", "body", "head", "body.0"]
    torch.testing.assert_close(taps["body.0"], model.body[0](x))
    torch.testing.assert_close(taps["body.1"], model.body[1](model.body[0](x)))
    assert (taps["body.1"] < 0).any()
    assert (taps["body"] >= 0).all()
    torch.testing.assert_close(taps["head"], model(x))
    (gradient,) = torch.autograd.grad(taps["head"].sum(), taps["body.1"])
    assert gradient.abs().sum() > 0
    assert not any(module._forward_hooks for module in model.modules())


def test_hooks_are_gone_after_a_failure_too() -> None:
    model = Foreign()
    with pytest.raises(RuntimeError):
        tapped(model, ["body.0"])(torch.randn(2, 5, 9, 9))
    assert not any(module._forward_hooks for module in model.modules())


def test_paths_that_cannot_be_tapped_say_so() -> None:
    with pytest.raises(NetworkError, match=r"no layer at 'block2'; did you mean 'block1'\?"):
        tapped(build(NETWORK), ["conv1", "block2"])
    with pytest.raises(NetworkError, match=r"no layer at 'haed'; did you mean 'head'\?"):
        tapped(Foreign(), ["haed"])
    with pytest.raises(NetworkError, match=r"layer 'unused' is not reached by the forward pass; tap another"):
        tapped(Foreign(), ["unused"])(torch.randn(2, 2, 9, 9))
    with pytest.raises(NetworkError, match=r"layer 'pair' must give one tensor to be tapped, got tuple; tap a layer"):
        tapped(Foreign(), ["pair"])(torch.randn(2, 2, 9, 9))


def test_the_output_among_the_taps() -> None:
    """Of a built and of a foreign module, one tensor or several by name."""
    x = torch.randn(2, 2, 9, 9)
    model = build(NETWORK).eval()
    found = tapped(model, ["relu1", OUTPUT])(x)
    assert list(found) == ["relu1", OUTPUT]
    assert found[OUTPUT].equal(model(x))
    several = build(Network((3,), (Graph(Node("a", Dense(2)), Node("b", Dense(1)), outputs=("a", "b")),))).eval()
    both = tapped(several, [OUTPUT, "a"])(torch.ones(1, 3))
    assert both[OUTPUT]["a"].equal(both["a"])
    assert both[OUTPUT]["b"].equal(several(torch.ones(1, 3))["b"])
    foreign = nn.Sequential(nn.Linear(2, 3), nn.ReLU(inplace=True))
    told = tapped(foreign, ["0", OUTPUT])(torch.ones(1, 2))
    assert told[OUTPUT].equal(torch.relu(told["0"]))
