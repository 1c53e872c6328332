"""Frozen layers are computed once: their codes are kept, and what learns reads codes instead of images.

This is so where a recipe freezes layers (`optimizer.freeze`, or a way of transfer) and does not vary the images: then
the frozen part gives the same for an image in every epoch. The loop is the same one, with the learning part of the
network for a module and codes for batches; at the end both parts make an ordinary model. A layer that draws lots, such
as dropout, is computed anew each time, and so is what stands behind it.
"""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from torch import Tensor, fx, nn

from neocog.build import last_cut, rest, tapped
from neocog.build.modules import SampleDropout
from neocog.data import AnyPreprocessing, Images
from neocog.data.augment import NONE
from neocog.model import Keeping, codes_at
from neocog.train.optimizers import rate_shares
from neocog.train.recipe import Recipe

CHANGEABLE = (
    *(nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, SampleDropout),
    *(nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d),
)
"""Layers without weights of their own that in training give something else for the same image in another batch."""


@dataclass(frozen=True, eq=False)
class Frozen:
    """The part of a network that does not learn, and where it ends."""

    module: fx.GraphModule
    """The whole network, with the weights that the run starts from, on the CPU."""
    path: str
    """The layer whose output is the code."""
    loaded: str
    """Where those weights come from, in a sentence."""

    @property
    def body(self) -> nn.Module:
        """What gives the codes."""
        return tapped(self.module, [self.path])

    @property
    def weights(self) -> dict[str, Tensor]:
        """The tensors that no training changes, by name."""
        learned = rest(self.module, self.path).state_dict()
        return {name: tensor for name, tensor in self.module.state_dict().items() if name not in learned}

    def codes(self, images: Images, preprocessing: AnyPreprocessing, keeping: Keeping) -> NDArray[Any] | None:
        """The codes of prepared images; None where there is no room for them."""
        module = self.module.to(keeping.device)
        found = codes_at(module, self.path, images, preprocessing, keeping)
        self.module.to("cpu")
        return found


def frozen_path(module: fx.GraphModule, recipe: Recipe) -> str | None:
    """Where the part of a whole network ends that gives an image the same codes in all epochs; None without one."""
    varied = recipe.augment != NONE or recipe.regularize.mixup or recipe.regularize.cutmix
    if not recipe.optimizer.freeze or varied:
        return None
    shares = rate_shares(module, recipe.optimizer)
    return last_cut(module, lambda part: _alive(part, shares))


def _alive(part: nn.Module, shares: dict[Tensor, float]) -> bool:
    """Whether a layer learns, or gives something else for the same image in another epoch or batch."""
    for layer in part.modules():
        own = list(layer.parameters(recurse=False))
        if any(shares[parameter] > 0 for parameter in own) or (not own and isinstance(layer, CHANGEABLE)):
            return True
    return False
