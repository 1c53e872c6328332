"""Heat maps of an answer, and whether to believe them: the map first, its check when that is done.

The check of a map takes some six hundred passes, most of them for random orders. These are the same for every method,
so those of the last few questions are kept.
"""

from functools import lru_cache

from torch import Tensor

from neocog.core.errors import NetworkError
from neocog.explain import Check, Curve, Method, check, last_convolution, method, random_curves
from neocog.studio.errands import Errands
from neocog.studio.runs import Answer
from neocog.studio.seeing import encoded, prepared
from neocog.studio.shown import Shown
from neocog.studio.subjects import Subject

_BY_LAYER = ("grad_cam", "layer_cam")
"""The methods that weigh the maps of a layer."""


class Heat(Answer):
    """What speaks for a class in an image, by one method."""

    method: str
    label: int
    rows: int
    columns: int
    values: str
    """Row by row as float32, little-endian, base64."""
    tap: str
    """The layer whose maps were weighed; "" for methods that weigh none."""


class HeatCheck(Answer):
    """Whether a heat map may be believed, with the figures behind it."""

    verdict: str
    passes: bool
    layers: list[str]
    """The layer that lost its weights in each stage."""
    similarity: list[float]
    """How alike the map stayed, stage by stage (rank correlation)."""
    alike: float
    """The mean of these."""
    edges: float
    """The rank correlation with the image's edges."""
    deletion: list[float]
    """The class's probability while the places go, the most important first."""
    insertion: list[float]
    """And while they come."""
    gain: float
    """The area under insertion less that under deletion."""
    random_low: float
    random_high: float
    """The least and the most that random orders gain."""


def heat(errands: Errands, subject: Subject, shown: Shown, name: str, label: int) -> Heat | None:
    """The heat map of a class; None while it is computed.

    Raises `NetworkError` for a method or a class that is not there, and where the method cannot be applied.
    """
    found = _heat(errands, subject, shown, name, label)
    if found is None:
        return None
    values, tap = found
    return Heat(
        method=name, label=label, rows=values.shape[1], columns=values.shape[2], values=encoded(values[0]), tap=tap
    )


def heat_check(errands: Errands, subject: Subject, shown: Shown, name: str, label: int) -> HeatCheck | None:
    """The check of that map; None while it is computed. Raises as `heat` does."""
    found = _heat(errands, subject, shown, name, label)
    if found is None:
        return None

    def work(_: object) -> Check:
        batch = prepared(subject.model, shown).batch
        random = _random(subject, shown, label)
        return check(method(name), subject.apart, batch, label, random, found[0])

    told = errands.ask(("check", subject, shown.spec, name, label), work).value
    if told is None:
        return None
    gains = [each.gain for each in told.random]
    return HeatCheck(
        verdict=told.verdict,
        passes=told.passes,
        layers=list(told.randomization.layers),
        similarity=list(told.randomization.similarity),
        alike=told.randomization.mean,
        edges=told.edges,
        deletion=list(told.curve.deletion),
        insertion=list(told.curve.insertion),
        gain=told.curve.gain,
        random_low=min(gains),
        random_high=max(gains),
    )


def _heat(errands: Errands, subject: Subject, shown: Shown, name: str, label: int) -> tuple[Tensor, str] | None:
    """The map (1 H W) and the layer that it was made from."""
    chosen = method(name)
    classes = len(subject.model.classes)
    if not 0 <= label < classes:
        raise NetworkError(f"the class must be 0 to {classes - 1}, got {label}; choose one of the list")

    def work(_: object) -> tuple[Tensor, str]:
        return _mapped(chosen, subject, shown, label)

    return errands.ask(("heat", subject, shown.spec, name, label), work).value


def _mapped(chosen: Method, subject: Subject, shown: Shown, label: int) -> tuple[Tensor, str]:
    batch = prepared(subject.model, shown).batch
    tap = last_convolution(subject.apart, batch) if chosen.name in _BY_LAYER else ""
    return chosen.heat(subject.apart, batch, label).detach(), tap


@lru_cache(maxsize=16)
def _random(subject: Subject, shown: Shown, label: int) -> tuple[Curve, ...]:
    return random_curves(subject.apart, prepared(subject.model, shown).batch, label)
