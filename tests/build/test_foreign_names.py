"""Others' names for our tensors: timm as the oracle, real files, wrapped checkpoints, other shapes of the same sum.

That torchvision's weights give its logits is shown in `test_torchvision.py`, beside its counts.
"""

import functools
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import nn

from neocog import zoo
from neocog.build import build, load_weights, read_weights
from neocog.build.weights import our_names
from neocog.core.errors import ModelFileError

Fill = Callable[[nn.Module], dict[str, torch.Tensor]]

TIMM = {
    **{name: name for depth in (11, 13, 16, 19) for name in (f"vgg{depth}", f"vgg{depth}_bn")},
    **{name: name for name in ("resnet18", "resnet34", "densenet121", "densenet169", "densenet201", "convnext_tiny")},
    **{f"resnet{depth}_v1_5": f"resnet{depth}" for depth in (50, 101, 152)},
    "mobilenet_v1": "mobilenetv1_100",
    "mobilenet_v2": "mobilenetv2_100",
}
"""What timm calls each network that it has too."""
AS_RELEASED: dict[str, Any] = {"norm_layer": functools.partial(nn.BatchNorm2d, eps=1e-3), "pad_type": "same"}
"""MobileNet V1 as its authors released it; timm's own form pads evenly."""
SIDES = {
    "vgg11_bn": 224,
    **dict.fromkeys(("resnet18", "resnet50_v1_5"), 65),
    **dict.fromkeys(("densenet121", "mobilenet_v1", "mobilenet_v2", "convnext_tiny"), 64),
}
"""One or two of each family, and the image side at which logits are compared."""
RATIO = 1e-4
"""The largest difference between logits, as a share of the largest logit."""
MAPPED = [name for name in zoo.names() if zoo.get(name).foreign]


def theirs(timm: ModuleType, name: str) -> nn.Module:
    with torch.device("meta"):
        options = AS_RELEASED if name == "mobilenet_v1" else {}
        model: nn.Module = timm.create_model(TIMM[name], pretrained=False, **options)
    return model.eval()


def unfilled(name: str, classes: int | None = None) -> nn.Module:
    return build(zoo.network(name, classes=classes), device="meta").to_empty(device="cpu").eval()


def equal(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> bool:
    return set(left) == set(right) and all(torch.equal(left[name], right[name]) for name in left)


@pytest.mark.parametrize("name", SIDES)
def test_weights_under_the_names_of_timm_give_its_logits(name: str, timm: ModuleType, filled: Fill) -> None:
    original = theirs(timm, name)
    weights = filled(original)
    ours = unfilled(name)
    load_weights(ours, weights, zoo.get(name).foreign)
    side = SIDES[name]
    x = torch.randn(1 if side == 224 else 2, 3, side, side, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        expected, logits = original(x), ours(x)
    assert (logits - expected).abs().max() <= RATIO * expected.abs().max()
    assert len(expected) == 1 or not torch.allclose(expected[0], expected[1], rtol=1e-2)


@pytest.mark.parametrize("name", TIMM)
def test_every_tensor_of_timm_has_a_place_of_its_own(name: str, timm: ModuleType) -> None:
    state = theirs(timm, name).state_dict()
    weights = {key: torch.zeros(()).to(tensor.dtype).expand(tensor.shape) for key, tensor in state.items()}
    ours = unfilled(name)
    assert load_weights(ours, weights, zoo.get(name).foreign).note == f"{len(state)} tensors loaded"
    assert len(state) == len(ours.state_dict())


@pytest.mark.parametrize("name", MAPPED)
def test_our_own_names_stay(name: str) -> None:
    own = list(build(zoo.network(name), device="meta").state_dict())
    assert our_names(own, zoo.get(name).foreign) == {key: key for key in own}


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("prefix", ["", "module.", "model.", "_orig_mod.module.", "module._orig_mod.model."])
def test_files_of_torchvision_give_back_their_tensors(
    suffix: str, prefix: str, tmp_path: Path, torchvision_models: ModuleType, filled: Fill
) -> None:
    with torch.device("meta"):
        original = torchvision_models.squeezenet1_1(weights=None)
    weights = filled(original)
    path = tmp_path / f"weights{suffix}"
    stored = {prefix + name: tensor for name, tensor in weights.items()}
    if suffix == ".pth":
        torch.save(stored, path)
    else:
        safetensors.torch.save_file(stored, path)
    ours = unfilled("squeezenet1_1")
    load_weights(ours, read_weights(path), zoo.get("squeezenet1_1").foreign)
    assert all(map(torch.equal, ours.state_dict().values(), weights.values()))


def test_an_averaged_model_is_unwrapped(tmp_path: Path) -> None:
    ours, again = build(zoo.network("squeezenet1_1"), seed=1), build(zoo.network("squeezenet1_1"), seed=2)
    averaged = torch.optim.swa_utils.AveragedModel(ours)
    torch.save({"model": again.state_dict(), "model_ema": averaged.state_dict(), "epoch": 3}, tmp_path / "c.pth")
    load_weights(again, read_weights(tmp_path / "c.pth"))
    assert equal(again.state_dict(), ours.state_dict())


def test_side_heads_that_the_network_lacks_are_left_out_and_said(torchvision_models: ModuleType, filled: Fill) -> None:
    with torch.device("meta"):
        original = torchvision_models.googlenet(weights=None, aux_logits=True, init_weights=False)
    weights = filled(original)
    ours = unfilled("googlenet_bn_3x3")
    loaded = load_weights(ours, weights, zoo.get("googlenet_bn_3x3").foreign)
    assert loaded.note == "344 tensors loaded; left out aux1, aux2, which the network does not have"
    assert torch.equal(ours.state_dict()["dense1.bias"], weights["fc.bias"])


def test_a_dot_within_a_layers_name_of_released_densenets_is_read() -> None:
    mapping = zoo.get("densenet121").foreign
    released = [
        "features.denseblock2.denselayer11.norm.1.running_mean",
        "features.denseblock1.denselayer2.conv.2.weight",
    ]
    assert list(our_names(released, mapping).values()) == [
        "block2.body11.norm1.running_mean",
        "block1.body2.conv2.weight",
    ]


def test_another_number_of_classes_leaves_the_last_convolution_fresh(
    torchvision_models: ModuleType, filled: Fill
) -> None:
    with torch.device("meta"):
        original = torchvision_models.squeezenet1_1(weights=None)
    weights = filled(original)
    ours = build(zoo.network("squeezenet1_1", classes=6))
    before = ours.state_dict()["conv2.weight"].clone()
    loaded = load_weights(ours, weights, zoo.get("squeezenet1_1").foreign)
    assert (loaded.fresh, loaded.classes) == ("conv2", 1000)
    assert loaded.note == (
        "50 tensors loaded; the last layer `conv2` starts fresh, since the file has 1000 classes and the data 6"
    )
    assert torch.equal(ours.state_dict()["conv2.weight"], before)
    assert torch.equal(ours.state_dict()["conv1.weight"], weights["features.0.weight"])


@pytest.mark.parametrize(("classes", "fresh"), [(1000, None), (7, "dense1")])
def test_a_classifier_that_is_a_convolution_fits_a_dense_layer(classes: int, fresh: str | None) -> None:
    weights = dict(build(zoo.network("mobilenet_v1_025"), seed=3).state_dict())
    weights["dense1.weight"] = weights["dense1.weight"].view(1000, 256, 1, 1)
    ours = build(zoo.network("mobilenet_v1_025", classes=classes))
    assert load_weights(ours, weights).fresh == fresh
    if fresh is None:
        assert torch.equal(ours.state_dict()["dense1.weight"], weights["dense1.weight"].flatten(1))


def test_a_dense_layer_on_a_flattened_map_is_a_convolution_as_large_as_the_map() -> None:
    dense = nn.Sequential(nn.Flatten(), nn.Linear(2 * 3 * 3, 5))
    convolution = nn.Sequential(nn.Conv2d(2, 5, 3), nn.Flatten())
    load_weights(convolution, dense.state_dict(), [("1", "0")])
    x = torch.randn(4, 2, 3, 3)
    torch.testing.assert_close(convolution(x), dense(x))
    with pytest.raises(ModelFileError, match=r"0\.weight must be 5x3x2x3, got 5x2x3x3"):  # as many, in another order
        load_weights(nn.Sequential(nn.Conv2d(3, 5, (2, 3))), convolution.state_dict())


def test_the_papers_bottlenecks_do_not_take_weights_that_stride_elsewhere(torchvision_models: ModuleType) -> None:
    with torch.device("meta"):
        state = torchvision_models.resnet50(weights=None).state_dict()
    with pytest.raises(ModelFileError, match=r"norm1\.weight is missing, .*bn1\.weight is unknown"):
        load_weights(unfilled("resnet50"), state, zoo.get("resnet50").foreign)


def test_what_has_no_place_is_listed_under_the_files_own_name(torchvision_models: ModuleType) -> None:
    with torch.device("meta"):
        state = torchvision_models.resnet34(weights=None).state_dict()
    expected = r"layer1\.2\.conv1\.weight is unknown \(did you mean 'stage1\.block[12]\.body\.conv1\.weight'\?\)"
    with pytest.raises(ModelFileError, match=expected):
        load_weights(unfilled("resnet18"), state, zoo.get("resnet18").foreign)
