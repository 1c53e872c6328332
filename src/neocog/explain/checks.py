"""The check beside every map: whether it depends on what was learned, and whether it finds what the answer rests on.

A heat map always looks like something. Two checks say whether to look at it: its weights drawn anew
(`randomization.py`) must change it, and its order of places must tell better than chance what the score depends on
(`ordering.py`). Neither proves a map right; failing one proves it useless for this question. The verdicts, in the order
in which they are asked:

- *shows nothing*: the map is the same everywhere;
- *looks like an edge detector*: it stays when weights go, and is alike to the image's edges;
- *shows the image, not what was learned*: it stays when weights go;
- *no better than a random order*: the answer does not depend on its places more than on any;
- *passes*.

A map stays where its rank correlation with the map before is `ALIKE` or more, on average over the cascade. Adebayo et
al. (2018) draw that curve and name no threshold, so 0.5 is a choice: half way from maps that have nothing in common to
the same map. Of several images the mean has an interval, and where that holds the limit the verdict is `close`: other
images might turn it. `docs/explanation-checks.md` shows on which side each method falls on networks trained here. The
random orders give their own threshold: to beat all 19 by chance happens once in 20 (Monte Carlo test, Barnard 1963).
"""

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from neocog.explain.likeness import edges, rank_correlation
from neocog.explain.methods import Method
from neocog.explain.ordering import Curve, cells, curve, random_curves
from neocog.explain.question import Asked, settled
from neocog.explain.randomization import STAGES, Randomization, randomization

ALIKE = 0.5
"""The rank correlation from which two maps count as alike."""

PASSES = "passes"
BLANK = "shows nothing"
EDGES = "looks like an edge detector"
UNLEARNED = "shows the image, not what was learned"
CHANCE = "no better than a random order"


@dataclass(frozen=True, eq=False)
class Check:
    """What the checks of a map come to, means over the images that it was made for."""

    randomization: Randomization
    edges: float
    """The rank correlation with the image's edges."""
    curve: Curve
    random: tuple[Curve, ...]
    """The curves of random orders."""
    blank: bool
    """Whether some image's map is the same everywhere."""

    @property
    def verdict(self) -> str:
        """In plain words; see the file's docstring."""
        if self.blank:
            return BLANK
        if self.randomization.mean >= ALIKE:
            return EDGES if self.edges >= ALIKE else UNLEARNED
        return PASSES if self.curve.gain > max(each.gain for each in self.random) else CHANCE

    @property
    def passes(self) -> bool:
        """Whether the map may be looked at."""
        return self.verdict == PASSES

    @property
    def close(self) -> bool:
        """Whether other images might turn the verdict: the interval of the similarity holds the limit."""
        interval = self.randomization.interval
        return not self.blank and interval is not None and interval[0] < ALIKE <= interval[1]

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON-able values."""
        return {
            "verdict": self.verdict,
            "passes": self.passes,
            "close": self.close,
            "randomization": {
                "layers": list(self.randomization.layers),
                "similarity": list(self.randomization.similarity),
                "mean": self.randomization.mean,
                "interval": None if self.randomization.interval is None else list(self.randomization.interval),
                "alike": ALIKE,
            },
            "edges": self.edges,
            "deletion": self.curve.deleted,
            "insertion": self.curve.inserted,
            "deletion_curve": list(self.curve.deletion),
            "insertion_curve": list(self.curve.insertion),
            "random": [{"deletion": each.deleted, "insertion": each.inserted} for each in self.random],
        }


def check(
    method: Method,
    module: nn.Module,
    images: Tensor,
    target: Asked = None,
    random: tuple[Curve, ...] | None = None,
    heat: Tensor | None = None,
    stages: int | None = STAGES,
    several: bool = False,
    seed: int = 0,
) -> Check:
    """Check a method's maps of images (N C H W, normalized), together: more images make the verdict surer.

    `random` are the `random_curves` of the same images and target, and `heat` the maps (N H W), where they are there
    already. Of images with `several` labels the probability is a sigmoid's. Raises `NetworkError` where the method
    cannot be applied.

    >>> import torch
    >>> from neocog.explain.methods import METHODS
    >>> network = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(256, 2))
    >>> found = check(METHODS["saliency"], network, torch.rand(2, 1, 8, 8), 1)
    >>> len(found.randomization.similarity), len(found.random)
    (2, 19)
    """
    fixed = settled(module, images, target)
    heat = method.heat(module, images, fixed) if heat is None else heat
    return Check(
        randomization=randomization(method, module, images, fixed, stages, seed=seed),
        edges=float(rank_correlation(heat, edges(images)).mean()),
        curve=curve(module, images, fixed, cells(heat), several),
        random=random_curves(module, images, fixed, several, seed) if random is None else random,
        blank=bool((heat.flatten(1).amax(1) == heat.flatten(1).amin(1)).any()),
    )
