"""What stands beside a verdict, as values: hand-made features, changed images, and alike training images."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from neocog.evaluate.handmade import Handmade
from neocog.evaluate.robustness import Robustness


@dataclass(frozen=True)
class Alike:
    """A training image that the network takes for alike a judged one."""

    file: str
    other: str
    """The training image's file."""
    label: str
    """The training image's label."""


@dataclass(frozen=True)
class Beside:
    """What stands beside the verdict on a run's own test set."""

    handmade: Handmade | None
    """What hand-made features reach; None where it cannot be asked."""
    robustness: tuple[Robustness, ...]
    """The accuracy on validation images that were changed; empty where the network is too costly for it."""
    nearest: Mapping[int, Alike] = field(default_factory=dict)
    """The nearest training image of the mistakes that are shown, by their place among the samples."""
    suspicious: tuple[Alike, ...] = ()
    """Judged images that lie suspiciously close to a training image, by the network's codes."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-able values."""
        simple = self.handmade
        return {
            "handmade": {**asdict(simple), "accuracy": simple.accuracy.value} if simple else None,
            "robustness": [
                {
                    "change": each.change.name,
                    "unit": each.change.unit,
                    "trained": list(each.trained),
                    "holds": list(each.holds),
                    "levels": list(each.change.levels),
                    "accuracy": [share.value for share in each.accuracies],
                    "n": each.clean.n,
                }
                for each in self.robustness
            ],
            "alike": [asdict(each) for each in self.suspicious],
        }
