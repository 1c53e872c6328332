"""The methods by name, each with what its map means: what checks, pictures and the verb loop over.

An attribution has the images' channels or one; its heat map has none (N H W). Gradients are reduced by the largest
magnitude over the channels (Simonyan et al., 2013), and so have no sign; contributions to the score add up, and keep
it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor, nn

from neocog.core.errors import NetworkError, nearest
from neocog.explain.deconvolution import deconvolution
from neocog.explain.gradcam import grad_cam
from neocog.explain.gradient_input import gradient_input
from neocog.explain.guided import guided_backpropagation
from neocog.explain.integrated import integrated
from neocog.explain.layercam import layer_cam
from neocog.explain.occlusion import occlusion
from neocog.explain.question import Asked
from neocog.explain.saliency import saliency
from neocog.explain.smooth import smooth_grad

Attribute: TypeAlias = Callable[[nn.Module, Tensor, Asked], Tensor]
"""From a module, images (N C H W) and a target to an attribution (N C H W, or N 1 H W)."""


@dataclass(frozen=True)
class Method:
    """A way to explain a number by the pixels."""

    name: str
    title: str
    attribute: Attribute
    signed: bool
    """Whether its numbers add up, those that speak against the target below 0; else they are magnitudes."""
    meaning: str
    """What a large value at a pixel says."""

    def heat(self, module: nn.Module, images: Tensor, target: Asked = None) -> Tensor:
        """The map as it is shown and checked (N H W): the sum over the channels, or the largest magnitude."""
        found = self.attribute(module, images, target)
        return found.sum(1) if self.signed else found.abs().amax(1)


METHODS = {
    method.name: method
    for method in (
        Method("saliency", "Saliency", saliency, False, "a small change here moves the score"),
        Method("gradient_input", "Gradient x input", gradient_input, True, "what this adds, were the network linear"),
        Method("integrated", "Integrated gradients", integrated, True, "what this adds to the score of a blank image"),
        Method("smooth_grad", "SmoothGrad", smooth_grad, False, "a small change here moves the score, under noise too"),
        Method("guided", "Guided backpropagation", guided_backpropagation, False, "what excites through every ReLU"),
        Method("deconvolution", "Deconvolution", deconvolution, False, "the pattern that the score is sent back to"),
        Method("occlusion", "Occlusion", occlusion, True, "covering this lowers the score"),
        Method("grad_cam", "Grad-CAM", grad_cam, False, "the last maps speak for the target here"),
        Method("layer_cam", "LayerCAM", layer_cam, False, "the last maps speak for the target here, place by place"),
    )
}
"""The methods, in the order in which they are shown."""


def method(name: str) -> Method:
    """The method of a name; raises `NetworkError` for an unknown one.

    >>> method("grad_cam").title
    'Grad-CAM'
    """
    if name not in METHODS:
        raise NetworkError(f"there is no method {name!r}; {nearest(name, METHODS)}")
    return METHODS[name]
