"""Networks for masks begin as their papers begin them: bodies reshaped, upsampling bilinear, context the identity."""

import pytest
import torch
from torch.nn import functional

from neocog import zoo
from neocog.build import build, load_weights, tapped
from neocog.build.weights import our_names
from neocog.core.errors import ModelFileError, NetworkError, RecipeError
from neocog.network import Conv, Dense, Network, shapes

FAMILIES = [("fcn32s_012", 32), ("fcn16s_012", 32), ("fcn8s_012", 32), ("unet_012", 16), ("dilated_basic_012", 8)]


@pytest.mark.parametrize(("name", "step"), [*FAMILIES, ("dilated_front_end_012", 8)])
@pytest.mark.parametrize("times", [1, 3])
def test_narrow_networks_give_a_score_for_every_pixel(name: str, step: int, times: int) -> None:
    side = max(16, step * times)
    network = zoo.network(name, classes=5, channels=1, side=side)
    assert list(shapes(network).values())[-1] == (5, side, side)


@pytest.mark.parametrize(("name", "step"), [family for family in FAMILIES if family[0] != "dilated_basic_012"])
def test_a_side_that_does_not_divide_is_refused(name: str, step: int) -> None:
    with pytest.raises(NetworkError, match="does not fit an input of"):
        zoo.network(name, classes=5, side=3 * step + 1)


@pytest.fixture(scope="module")
def body() -> torch.nn.Module:
    return build(zoo.network("vgg16_bn_012", classes=7, side=224), seed=3).eval()


@pytest.mark.parametrize("name", ["fcn32s_012", "fcn16s_012", "fcn8s_012"])
def test_a_body_fills_all_but_scores_and_upsamplings(name: str, body: torch.nn.Module) -> None:
    entry = zoo.get(name)
    module = build(zoo.network(name, classes=5), seed=1, init=entry.init).eval()
    loaded = load_weights(module, body.state_dict(), entry.foreign, entry.fresh)
    fresh = {key.partition(".")[0] for key in module.state_dict() if key not in loaded.names}
    assert all(name.startswith(("score", "up")) for name in fresh)
    assert "start afresh" in loaded.note
    images = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        dense = tapped(body, ["dense1", "dense2"])(images)
        convolved = tapped(module, ["dense6.conv1", "dense7.conv1"])(images)
    # of 7x7 places the middle one reads what the dense layer reads
    assert torch.allclose(convolved["dense6.conv1"][:, :, 3, 3], dense["dense1"], atol=1e-4)
    assert torch.allclose(convolved["dense7.conv1"][:, :, 3, 3], dense["dense2"], atol=1e-4)


def test_the_papers_networks_take_the_released_vgg16_under_its_names() -> None:
    ours, theirs = build(zoo.network("fcn8s"), "meta"), build(zoo.network("vgg16"), "meta")
    places = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
    given = {f"conv{number}": f"features.{place}" for number, place in enumerate(places, 1)}
    given |= {f"dense{number}": f"classifier.{place}" for number, place in enumerate((0, 3, 6), 1)}
    released = [f"{given[key.partition('.')[0]]}.{key.partition('.')[2]}" for key in theirs.state_dict()]
    named = set(our_names(released, zoo.get("fcn8s").foreign).values())
    missing = {key.partition(".")[0] for key in ours.state_dict() if key not in named}
    assert missing == {"score", "score3", "score4", "up3", "up4", "up8"}
    assert named <= {*ours.state_dict(), ""}


def test_a_body_of_another_width_is_refused(body: torch.nn.Module) -> None:
    entry = zoo.get("fcn8s_025")
    module = build(zoo.network("fcn8s_025", classes=5), seed=1)
    with pytest.raises(ModelFileError, match="the weights do not fit the network"):
        load_weights(module, body.state_dict(), entry.foreign, entry.fresh)


def test_weights_of_something_else_are_no_body() -> None:
    entry = zoo.get("fcn8s_012")
    module = build(zoo.network("fcn8s_012", classes=5), seed=1)
    with pytest.raises(ModelFileError, match="the weights do not fit the network"):
        load_weights(module, {"other.weight": torch.ones(3)}, entry.foreign, entry.fresh)


def test_upsampling_begins_as_interpolation() -> None:
    network = zoo.network("fcn8s_012", classes=5, side=32)
    module = build(network, seed=0, init=zoo.get("fcn8s_012").init)
    weight = module.state_dict()["up8.weight"]
    scores = torch.randn(1, 5, 4, 4)
    up = functional.conv_transpose2d(scores, weight, stride=8, padding=4, groups=5)
    expected = functional.interpolate(scores, scale_factor=8, mode="bilinear", align_corners=False)
    assert torch.allclose(up[:, :, 4:-4, 4:-4], expected[:, :, 4:-4, 4:-4], atol=1e-5)


def test_the_context_module_begins_as_the_identity() -> None:
    module = build(zoo.network("dilated_context"), seed=0, init=((r"conv\d\.weight", "identity"),)).eval()
    maps = torch.rand(1, 21, 64, 64)
    with torch.no_grad():
        assert torch.allclose(module(maps), maps, atol=1e-6)


def test_widened_channels_come_back_to_what_they_were() -> None:
    layers = tuple(Conv(channels, 3, pad=1) for channels in (12, 24, 24, 6))
    module = build(Network((6, 9, 9), layers), seed=0, init=((r"conv\d\.weight", "identity"),))
    maps = torch.rand(1, 6, 9, 9)
    with torch.no_grad():
        assert torch.allclose(module(maps), maps, atol=1e-6)


def test_identity_is_for_convolutions() -> None:
    with pytest.raises(RecipeError, match="identity fills a convolution, got a tensor of 4x3; choose another"):
        build(Network((3,), (Dense(4),)), seed=0, init=((r"dense1\.weight", "identity"),))


def test_auto_halves_as_often_as_the_side_allows() -> None:
    for side, levels in ((96, 5), (64, 5), (48, 4), (20, 3), (17, 1), (8, 2)):
        network, reason = zoo.auto_masks(side=side, channels=3, images=400, classes=4)
        assert list(shapes(network).values())[-1] == (4, side, side)
        assert f"{levels} level" in reason
    assert zoo.auto_masks(side=64, channels=1, images=50_000, classes=2)[0] != zoo.auto_masks(64, 1, 500, 2)[0]
