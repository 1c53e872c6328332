"""What holds of every method: hand-checked numbers, any target, any batch, any module, which stays as it was."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from neocog import explain
from neocog.build import Timm, build
from neocog.build.timm import import_with_torchvision
from neocog.core.errors import NetworkError
from neocog.explain import METHODS, Target
from neocog.explain.question import first
from neocog.network import Conv, Dense, Flatten, GlobalAvgPool, MaxPool, Network, ReLU, Residual, Tanh

State = Callable[[nn.Module], object]
EVERY = list(METHODS.values())


@pytest.mark.parametrize("method", EVERY, ids=lambda each: each.name)
class TestEveryMethod:
    def test_the_module_stays_as_it_was(self, method: explain.Method, in_place: nn.Module, state: State) -> None:
        before, images = state(in_place), torch.randn(2, 1, 7, 9)
        kept = images.clone()
        heat = method.heat(in_place, images, [0, 2])
        assert heat.shape == (2, 7, 9)
        assert not heat.requires_grad
        assert torch.isfinite(heat).all()
        assert images.equal(kept)
        assert state(in_place) == before

    def test_the_module_stays_as_it_was_after_an_error(
        self, method: explain.Method, in_place: nn.Module, state: State
    ) -> None:
        before = state(in_place)
        with pytest.raises(NetworkError, match="the target must be 0 to 2, got 3; the layer has 3 units"):
            method.heat(in_place, torch.randn(2, 1, 7, 9), 3)
        with pytest.raises(RuntimeError):
            method.heat(in_place, torch.randn(2, 3, 7, 9), 0)
        assert state(in_place) == before

    def test_an_image_has_the_same_map_alone_and_in_a_batch(
        self, method: explain.Method, network: nn.Module, images: Tensor
    ) -> None:
        together = method.heat(network, images, [4, 0, 2])
        for row, label in enumerate((4, 0, 2)):
            alone = method.heat(network, images[row : row + 1], label)
            assert torch.allclose(alone[0], together[row], rtol=1e-4, atol=1e-5 * float(together[row].abs().max()))

    def test_without_a_target_it_is_the_most_probable_class(
        self, method: explain.Method, network: nn.Module, images: Tensor
    ) -> None:
        labels = network(images).argmax(1).tolist()
        assert explain.settled(network, images).unit == tuple(labels)
        assert method.heat(network, images).equal(method.heat(network, images, labels))

    def test_gradients_may_be_switched_off(self, method: explain.Method, network: nn.Module, images: Tensor) -> None:
        wanted = method.heat(network, images, 1)
        with torch.no_grad():
            assert method.heat(network, images, 1).equal(wanted)
        with torch.inference_mode():
            assert method.heat(network, images.clone(), 1).equal(wanted)
        network.requires_grad_(False)
        assert method.heat(network, images, 1).equal(wanted)

    def test_a_unit_of_a_layer_of_our_own_network(self, method: explain.Method) -> None:
        """What comes after the layer does not matter to it, and is not computed."""
        model = build(Network((1, 10, 8), (Conv(3, 3), ReLU(), Residual(Conv(3, 3, pad=1)), GlobalAvgPool(), Dense(2))))
        model.dense1.weight.data.fill_(torch.nan)
        images = torch.randn(2, 1, 10, 8)
        heat = method.heat(model, images, Target(1, tap="block1"))
        assert torch.isfinite(heat).all()
        assert heat.abs().amax() > 0

    def test_images_that_are_none(self, method: explain.Method, network: nn.Module) -> None:
        for wrong in (torch.zeros(1, 3, 12, 10, dtype=torch.uint8), torch.zeros(0, 3, 12, 10)):
            with pytest.raises(
                NetworkError, match="images to explain must be a batch of floating-point numbers, N C H W"
            ):
                method.heat(network, wrong, 0)


def linear(weights: Sequence[Sequence[float]]) -> nn.Module:
    network = nn.Sequential(nn.Flatten(), nn.Linear(len(weights[0]), len(weights), bias=False))
    network[1].weight.data = torch.tensor(weights)
    return network


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("saliency", [1.0, 2.0, 3.0, 0.0]),
        ("smooth_grad", [1.0, 2.0, 3.0, 0.0]),
        ("gradient_input", [5.0, -12.0, 21.0, 0.0]),
        ("integrated", [5.0, -12.0, 21.0, 0.0]),
    ],
)
def test_a_linear_network_by_hand(name: str, expected: list[float]) -> None:
    """Weights 1, -2, 3, 0 and pixels 5, 6, 7, 8."""
    heat = METHODS[name].heat(linear([[0.0] * 4, [1, -2, 3, 0]]), torch.tensor([[[[5.0, 6], [7, 8]]]]), 1)
    assert heat.flatten().tolist() == pytest.approx(expected, abs=1e-4)


def test_occlusion_by_hand() -> None:
    """Patches of 2 at a stride of 1 along a row of three: the middle pixel gets the mean of the two that cover it."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(6, 1, bias=False))
    network[1].weight.data = torch.tensor([[1.0, 2, 4, 0, 0, 0]])
    found = explain.occlusion(network, torch.ones(1, 1, 2, 3), size=2, stride=1)
    assert found[0, 0, 0].tolist() == pytest.approx([3.0, 4.5, 6.0])


def test_covering_with_another_value_and_gray_images_of_one_pixel_rows() -> None:
    found = explain.occlusion(linear([[1.0, 1.0, 1.0, 1.0]]), torch.ones(1, 1, 4, 1), size=1, value=1.0)
    assert found.flatten().tolist() == [0.0] * 4


def test_integrated_gradients_are_complete(network: nn.Module, images: Tensor) -> None:
    """They add up to the score less the blank image's: the axiom of the paper."""
    found = explain.integrated(network, images, 1, steps=300)
    difference = network(images)[:, 1] - network(torch.zeros_like(images))[:, 1]
    assert torch.allclose(found.sum((1, 2, 3)), difference, rtol=0.02, atol=0.02)


def test_rectifiers_by_hand() -> None:
    """Two ReLU units; 3 x is on and asked for by 2, -x is off: what each rule lets back of it."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(1, 2, bias=False), nn.ReLU(), nn.Linear(2, 1, bias=False))
    network[1].weight.data = torch.tensor([[3.0], [-1.0]])
    network[3].weight.data = torch.tensor([[2.0, 5.0]])
    image = torch.ones(1, 1, 1, 1)
    assert explain.saliency(network, image).item() == 6
    assert explain.guided_backpropagation(network, image).item() == 6
    assert explain.deconvolution(network, image).item() == 6 - 5
    network[3].weight.data = torch.tensor([[-2.0, 5.0]])
    assert explain.guided_backpropagation(network, image).item() == 0
    assert explain.deconvolution(network, image).item() == -5


def test_switches_put_back_where_the_maximum_was() -> None:
    network = nn.Sequential(nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1, 1, bias=False))
    network[3].weight.data.fill_(2.0)
    found = explain.deconvolution(network, torch.tensor([[[[1.0, 3.0], [2.0, 0.0]]]]))
    assert found.flatten().tolist() == [0, 2, 0, 0]


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize(
    "rectify",
    [
        nn.ReLU(), nn.ReLU(inplace=True), nn.ReLU6(), nn.ReLU6(inplace=True), torch.relu, torch.relu_, Tensor.relu,
        nn.functional.relu, nn.functional.relu6, nn.functional.relu_,
    ],
)  # fmt: skip
def test_every_way_to_rectify_is_met(rectify: Any, gated: bool) -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return (rectify(x * 1) * torch.tensor([[1.0, 1.0, -1.0, 1.0]])).sum(1, keepdim=True)

    method = explain.guided_backpropagation if gated else explain.deconvolution
    bounded = getattr(rectify, "__name__", type(rectify).__name__).endswith("6")
    passed = [0.0 if gated else 1.0, 1.0, 0.0, 0.0 if gated and bounded else 1.0]
    assert method(Net(), torch.tensor([[-1.0, 2.0, 3.0, 8.0]])).flatten().tolist() == passed


def test_what_is_rectified_in_place_without_a_name_stays_rectified() -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            y = x * 2
            torch.relu_(y)
            return y.sum(1, keepdim=True)

    assert explain.guided_backpropagation(Net(), torch.tensor([[-1.0, 2.0]])).flatten().tolist() == [0, 2]


def test_a_network_without_a_relu_is_told_so() -> None:
    model = build(Network((1, 6, 6), (Conv(2, 3), Tanh(), Flatten(), Dense(2))))
    for method in (explain.guided_backpropagation, explain.deconvolution):
        with pytest.raises(NetworkError, match="need a ReLU before the target, and there is none; take saliency"):
            method(model, torch.rand(1, 1, 6, 6))


def test_hard_decisions_have_no_gradient() -> None:
    class Hard(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return (x.flatten(1) > 0).float()

    with pytest.raises(NetworkError, match="no gradient leads from the target back to what it is explained by"):
        explain.saliency(Hard(), torch.rand(1, 1, 2, 2))
    assert explain.occlusion(Hard(), torch.ones(1, 1, 2, 2), 0, size=1).flatten().tolist() == [1, 0, 0, 0]


def test_targets(network: nn.Module, images: Tensor) -> None:
    assert explain.settled(network, images, torch.tensor([1, 2, 3])).unit == (1, 2, 3)
    with pytest.raises(NetworkError, match="there are 3 images, got 2 targets; give one for each, or one for all"):
        explain.saliency(network, images, [1, 2])
    with pytest.raises(NetworkError, match="no layer at 'conv7'"):
        explain.saliency(network, images, Target(0, tap="conv7"))
    with pytest.raises(NetworkError, match=r"the place must lie in a map of \(4, 3\), got \(4, 0\); count from 0"):
        explain.saliency(network, images, Target(0, tap="4", place=(4, 0)))
    assert len(explain.settled(network, images, Target(tap="4", place=(0, 0))).unit) == 3


def test_the_strongest_place_of_a_unit(network: nn.Sequential, images: Tensor) -> None:
    maps = network[:5](images)[:, 2]
    for row, image in enumerate(images):
        place = divmod(int(maps[row].argmax()), maps.shape[2])
        named = explain.saliency(network, image[None], Target(2, tap="4", place=place))
        assert explain.saliency(network, image[None], Target(2, tap="4")).equal(named)


def test_outputs_that_are_none() -> None:
    assert first({"main": torch.ones(1), "side": torch.zeros(1)}).item() == 1
    with pytest.raises(NetworkError, match="a network must give tensors to be explained, got str; wrap it"):
        first("cat")


def test_the_last_convolution() -> None:
    def found(*layers: Any, shape: tuple[int, ...] = (1, 16, 16)) -> str:
        return explain.last_convolution(build(Network(shape, layers)), torch.zeros(1, *shape))

    assert found(Conv(2, 3), ReLU(), MaxPool(2), Flatten(), Dense(2)) == "relu1"
    assert found(Conv(2, 3), MaxPool(2), Conv(3, 7), Flatten(), Dense(2)) == "conv1", "the second has one place"
    assert found(Conv(2, 3), Residual(Conv(2, 3, pad=1)), GlobalAvgPool(), Dense(2)) == "block1.activation"
    with pytest.raises(NetworkError, match="there is no convolution whose map has several places"):
        found(Flatten(), Dense(2))


def test_the_last_convolution_inside_a_layer_of_a_library() -> None:
    try:
        import_with_torchvision("timm")
    except ModuleNotFoundError:
        pytest.skip("timm is not installed")
    model = build(Network((3, 64, 64), (Timm("test_resnet"), Dense(4))))
    images = torch.randn(1, 3, 64, 64)
    assert explain.last_convolution(model, images).startswith("timm1.")
    assert explain.layer_cam(model, images, 1).amax() > 0


def test_a_map_is_needed_to_weigh_maps(network: nn.Module, images: Tensor) -> None:
    with pytest.raises(NetworkError, match="layer '6' must give maps, N C H W, got"):
        explain.grad_cam(network, images, tap="6")
    for cam in (explain.grad_cam, explain.layer_cam):
        with pytest.raises(NetworkError, match="a class activation map needs images N C H W, got"):
            cam(linear([[1.0, 2.0]]), torch.rand(1, 2), tap="1")
        with pytest.raises(NetworkError, match="no gradient leads from the target back"):
            cam(network, images, Target(0, tap="0"), tap="5")


def test_patches_that_do_not_fit(network: nn.Module, images: Tensor) -> None:
    for size, stride in ((11, 1), (0, 1), (3, 4), (3, 0)):
        with pytest.raises(NetworkError, match="a patch must be 1 to 10 pixels and its stride 1 to its size, got"):
            explain.occlusion(network, images, size=size, stride=stride)
    with pytest.raises(NetworkError, match=r"occlusion needs images N C H W, got \(1, 4\)"):
        explain.occlusion(linear([[1.0] * 4]), torch.ones(1, 4))


def test_an_unknown_method() -> None:
    with pytest.raises(NetworkError, match=r"there is no method 'gradcam'; did you mean 'grad_cam'\?"):
        explain.method("gradcam")


def test_a_compiled_module(network: nn.Module, images: Tensor) -> None:
    compiled = torch.compile(network, backend="eager")
    assert explain.grad_cam(compiled, images, 1).equal(explain.grad_cam(network, images, 1))
    assert explain.guided_backpropagation(compiled, images, 1).equal(explain.guided_backpropagation(network, images, 1))
