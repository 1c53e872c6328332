"""captum and pytorch-grad-cam as oracles: the same numbers to 1e-4 of the largest, wherever they have the method."""

from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from neocog import explain
from neocog.explain.question import repeated
from neocog.explain.smooth import COPIES, NOISE, noises

pytestmark = [
    pytest.mark.filterwarnings("ignore:Setting .* hooks on ReLU"),
    pytest.mark.filterwarnings("ignore:Input Tensor .* did not already require"),
]

CLASSES = [4, 0, 2]


def alike(ours: Tensor, theirs: Tensor) -> None:
    assert ours.shape == theirs.shape
    assert theirs.abs().max() > 0
    assert (ours - theirs).abs().max() <= 1e-4 * theirs.abs().max()


@pytest.mark.parametrize(
    ("ours", "name"),
    [
        (explain.saliency, "Saliency"),
        (explain.gradient_input, "InputXGradient"),
        (explain.guided_backpropagation, "GuidedBackprop"),
        (explain.deconvolution, "Deconvolution"),
    ],
)
def test_gradients(ours: Any, name: str, captum: ModuleType, network: nn.Module, images: Tensor) -> None:
    found = ours(network, images, CLASSES)
    alike(found, getattr(captum, name)(network).attribute(images.clone(), target=CLASSES).detach())


def test_integrated_gradients(captum: ModuleType, network: nn.Module, images: Tensor) -> None:
    theirs = captum.IntegratedGradients(network).attribute(images, target=CLASSES, n_steps=50)
    alike(explain.integrated(network, images, CLASSES), theirs.float())
    base = torch.full_like(images, 0.3)
    theirs = captum.IntegratedGradients(network).attribute(images, baselines=base, target=CLASSES, n_steps=20)
    alike(explain.integrated(network, images, CLASSES, steps=20, baseline=0.3), theirs.float())


def test_smooth_grad(captum: ModuleType, network: nn.Module, images: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    """captum draws its noise from torch's generator; here it is handed ours."""
    drawn = noises(range(COPIES), images[0], seed=0)
    deviation = NOISE * (images.flatten(1).amax(1) - images.flatten(1).amin(1))
    noise = (drawn.unsqueeze(0) * deviation.view(-1, 1, 1, 1, 1)).flatten(0, 1)
    monkeypatch.setattr(torch, "normal", lambda mean, std: noise)
    tunnel = captum.NoiseTunnel(captum.Saliency(network))
    theirs = tunnel.attribute(images.clone(), nt_type="smoothgrad", nt_samples=COPIES, target=CLASSES)
    alike(explain.smooth_grad(network, images, CLASSES), theirs.detach())


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (4, 2), (5, 3)])
def test_occlusion(captum: ModuleType, network: nn.Module, images: Tensor, size: int, stride: int) -> None:
    """Also where the patches do not divide the image."""
    theirs = captum.Occlusion(network).attribute(
        images, sliding_window_shapes=(3, size, size), strides=(3, stride, stride), target=CLASSES
    )
    ours = explain.occlusion(network, images, CLASSES, size=size, stride=stride)
    alike(ours.expand_as(images), theirs.float())


def test_grad_cam_of_captum(captum: ModuleType, network: nn.Sequential, images: Tensor) -> None:
    theirs = captum.LayerGradCam(network, network[5]).attribute(images, target=CLASSES, relu_attributions=True)
    enlarged = captum.LayerAttribution.interpolate(theirs, (12, 10), interpolate_mode="bilinear").detach()
    alike(explain.grad_cam(network, images, CLASSES), enlarged)


@pytest.mark.parametrize("tap", ["2", "4", "5"])
@pytest.mark.parametrize(("ours", "name"), [(explain.grad_cam, "GradCAM"), (explain.layer_cam, "LayerCAM")])
def test_class_activation_maps(
    ours: Any, name: str, tap: str, grad_cam_library: ModuleType, network: nn.Sequential, images: Tensor
) -> None:
    """pytorch-grad-cam shifts and scales every map to 0..1 before it enlarges it, and once more after."""
    targets = [grad_cam_library.utils.model_targets.ClassifierOutputTarget(label) for label in CLASSES]
    with getattr(grad_cam_library, name)(network, [network[int(tap)]]) as cam:
        theirs = torch.from_numpy(cam(images, targets))
    found = ours(network, images, CLASSES, tap=tap)[:, 0]
    low, high = found.amin((1, 2), keepdim=True), found.amax((1, 2), keepdim=True)
    scaled = (found - low) / (high - low)
    low, high = theirs.amin((1, 2), keepdim=True), theirs.amax((1, 2), keepdim=True)
    alike(scaled, (theirs - low) / (high - low))


def test_units_of_a_layer(captum: ModuleType, network: nn.Sequential, images: Tensor) -> None:
    """What excites one unit at one place."""
    theirs = captum.NeuronGradient(network, network[4]).attribute(images.clone(), neuron_selector=(3, 1, 2))
    ours = explain.gradient_input(network, images, explain.Target(3, tap="4", place=(1, 2)))
    alike(ours, theirs.detach() * images)


def test_copies_stand_one_after_the_other() -> None:
    assert repeated(torch.tensor([[1.0], [2.0]]), 2).flatten().tolist() == [1, 2, 1, 2]
