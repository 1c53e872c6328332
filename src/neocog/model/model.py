"""A model as a value: all that it takes to answer for an image, and where it comes from.

Network, weights, classes, preprocessing, calibration, threshold and card travel together, in memory as in the one file,
so that no answer depends on a setting that was left behind elsewhere. A model that could not answer is refused when it
is made.

>>> from neocog.build import build
>>> from neocog.network import Dense, Flatten
>>> network = Network((1, 8, 8), (Flatten(), Dense(2)))
>>> model = Model(
...     network=network,
...     weights=weights_of(build(network)),
...     classes=("cat", "dog"),
...     preprocessing=Preprocessing(size=(8, 8), channels=1),
... )
>>> model.module()(torch.zeros(3, 1, 8, 8)).shape
torch.Size([3, 2])
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn

from neocog.build import build, load_weights
from neocog.core.errors import ModelFileError, NetworkError
from neocog.data import MOST_INPUTS, AnyPreprocessing, Preprocessing, WordsPreprocessing, of_pictures, target
from neocog.data.sound import RATES
from neocog.data.spectrogram import Spectrogram
from neocog.model.familiarity import Familiarity
from neocog.model.scale import Scale
from neocog.network import Network, outputs, walk

MOST_SIDE = 8192
"""The largest side of a network's input, in pixels."""
MOST_BANDS = 1024
"""The most bands of frequencies that a sound is heard in."""

_DAMAGED = "the model is damaged, copy it again or train it anew"


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """Network, weights, classes and preprocessing, with what is known of how far to trust the answers.

    Raises `ModelFileError` where the parts do not fit each other. Two models are the same where `to_bytes` says so.
    """

    network: Network
    """The network, with one output: a number for each class, label or number that it answers; of masks a map each."""
    weights: Mapping[str, Tensor]
    """Parameters and running statistics by the built module's names, float32, on the CPU."""
    classes: tuple[str, ...]
    """What the outputs stand for, in their order: the names of classes, labels or numbers."""
    preprocessing: AnyPreprocessing
    """How a sample becomes the network's input."""
    task: Literal["class", "classes", "number", "mask"] = "class"
    """The kind of target."""
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Labels that exclude each other, by what they are about (`color`)."""
    scale: Scale | None = None
    """What the outputs mean in the numbers' own units, where the task is `number`."""
    calibration: Mapping[str, Any] | None = None
    """How far to trust the answers, measured on validation data: for classes the `temperature` that divides the logits,
    for labels the `thresholds` from which each holds, for numbers the `half_width` that holds nine of ten."""
    threshold: float = 0.0
    """The probability below which the answer is "not sure", from 0 to 1."""
    familiarity: Familiarity | None = None
    """What tells images that are unlike the training images, for which the answer is "not sure" too."""
    card: Mapping[str, Any] = field(default_factory=dict)
    """Where it comes from: recipe, data fingerprint, validation figures; anything that JSON holds."""

    def __post_init__(self) -> None:
        _check_classes(self.classes)
        _check_network(self.network, len(self.classes), self.task)
        _check_groups(self.groups, self.classes)
        _check_scale(self.scale, len(self.classes), self.task)
        _check_lists(self.calibration or {}, len(self.classes))
        _check_preprocessing(self.preprocessing, self.network)
        _check_temperature((self.calibration or {}).get("temperature", 1.0))
        _demand(0 <= self.threshold <= 1, f"its threshold must lie between 0 and 1, got {self.threshold!r}")

    @property
    def temperature(self) -> float:
        """What the logits are divided by before the softmax; 1 where the model is not calibrated."""
        return float((self.calibration or {}).get("temperature", 1.0))

    @property
    def thresholds(self) -> tuple[float, ...]:
        """The probability from which each label holds; one half where they were not tuned."""
        given = (self.calibration or {}).get("thresholds") or (0.5,) * len(self.classes)
        return tuple(map(float, given))

    @property
    def half_width(self) -> tuple[float | None, ...]:
        """How far each number may be off nine times of ten, in its own unit; `None` where that is not known."""
        given = (self.calibration or {}).get("half_width") or (None,) * len(self.classes)
        return tuple(None if width is None else float(width) for width in given)

    @property
    def kinds(self) -> int:
        """Into how many kinds training samples fall, for telling what is unlike them: their classes, else one."""
        return len(self.classes) if self.task == "class" else 1

    @property
    def pictured(self) -> Preprocessing:
        """How an image becomes the network's input; `DataError` where the model does not read images."""
        return of_pictures(self.preprocessing)

    def module(self) -> nn.Module:
        """A new torch module with these weights, in evaluation mode on the CPU: N C H W gives N logits for each class.

        Raises `ModelFileError` where the weights do not fit the network.
        """
        module = build(self.network)
        loaded = load_weights(module, self.weights)
        _demand(loaded.fresh is None, f"the weights do not fit the network's last layer `{loaded.fresh}`")
        return module.eval()


def require_classes(model: Model, asked: str) -> Model:
    """The model, where it names one class a sample; raises `ModelFileError` where it does not: `asked` needs that."""
    if model.task != "class":
        raise ModelFileError(
            f"{asked} is for models that name one class a sample, and this one answers "
            f"{target(model.task).words}; use neocog predict and neocog evaluate"
        )
    return model


def weights_of(module: nn.Module) -> dict[str, Tensor]:
    """A copy of a module's parameters and running statistics, float32 on the CPU; counters of batches are left out.

    >>> weights_of(nn.Linear(2, 1, bias=False)).keys()
    dict_keys(['weight'])
    """
    return {
        name: tensor.detach().to(device="cpu", dtype=torch.float32, copy=True).contiguous()
        for name, tensor in module.state_dict().items()
        if tensor.is_floating_point()
    }


def _demand(condition: bool, wrong: str) -> None:
    if not condition:
        raise ModelFileError(f"{wrong}; {_DAMAGED}")


def _check_classes(classes: tuple[str, ...]) -> None:
    _demand(bool(classes) and all(classes), "its classes must be one or more names, none of them empty")
    twice = next((name for name in classes if classes.count(name) > 1), "") if len(set(classes)) < len(classes) else ""
    _demand(not twice, f"its classes must differ from each other, got {twice!r} twice")


def _check_network(network: Network, classes: int, task: str) -> None:
    try:
        steps, ends = walk(network), outputs(network)
    except NetworkError as error:
        raise ModelFileError(f"its network cannot be: {str(error).partition('; ')[0]}; {_DAMAGED}") from error
    _demand(len(ends) == 1, f"its network must have one output, got {', '.join(ends)}")
    shape = steps[next(iter(ends.values()))].shape
    maps = task == "mask" and len(shape) == 3
    _demand(
        shape[:1] == (classes,) and (maps or len(shape) == 1),
        f"its network must end in {classes} {'maps' if task == 'mask' else 'numbers'}, one a class, got {shape}",
    )


def _check_groups(groups: tuple[tuple[str, tuple[str, ...]], ...], classes: tuple[str, ...]) -> None:
    unknown = [label for _, labels in groups for label in labels if label not in classes]
    _demand(not unknown, f"its groups must be of its labels, got {unknown[:3]}")


def _check_scale(scale: Scale | None, numbers: int, task: str) -> None:
    _demand((scale is not None) == (task == "number"), f"its scale must be that of numbers, its task is {task!r}")
    if scale is not None:
        for name, values in (("mean", scale.mean), ("deviation", scale.deviation)):
            _demand(len(values) == numbers, f"its scale's {name} must be {numbers} numbers, got {len(values)}")
            _demand(all(map(math.isfinite, values)), f"the scale of its numbers must be finite, its {name} is {values}")
        _demand(min(scale.deviation) > 0, f"its scale's deviation must be positive, got {scale.deviation}")


def _check_lists(calibration: Mapping[str, Any], outputs: int) -> None:
    """The thresholds of labels and the half widths of numbers, where there are any."""
    for name, highest in (("thresholds", 1.0), ("half_width", math.inf)):
        given = calibration.get(name)
        if given is None:
            continue
        fits = isinstance(given, list | tuple) and len(given) == outputs
        numbers = [value for value in given if value is not None or name == "thresholds"] if fits else [None]
        fine = all(isinstance(value, int | float) and 0 <= value <= highest for value in numbers)
        _demand(fine, f"the {name} of its calibration must be {outputs} numbers of 0 to {highest:g}, got {given!r}")


def _check_temperature(value: object) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf
    _demand(number, f"the temperature of its calibration must be a positive number, got {value!r}")


def _check_preprocessing(preprocessing: AnyPreprocessing, network: Network) -> None:
    if isinstance(preprocessing, Preprocessing):
        sides = preprocessing.size
        _demand(all(1 <= side <= MOST_SIDE for side in sides), f"its size must be 1 to {MOST_SIDE} pixels, got {sides}")
    given = preprocessing.tokens if isinstance(preprocessing, WordsPreprocessing) else preprocessing.input
    _demand(network.input == given, f"its preprocessing gives {given} and its network takes {network.input}")
    if isinstance(preprocessing, WordsPreprocessing):
        return
    if isinstance(preprocessing, Preprocessing):
        _check_pictures(preprocessing)
    many = preprocessing.input[0]
    for name, values in (("mean", preprocessing.mean), ("deviation", preprocessing.deviation)):
        _demand(len(values) in (1, many), f"its {name} must be 1 or {many} numbers, got {len(values)}")
        _demand(all(map(math.isfinite, values)), f"its {name} must be finite, got {values}")
    _demand(min(preprocessing.deviation) > 0, f"its deviation must be positive, got {preprocessing.deviation}")


def _check_sound(how: Spectrogram, size: tuple[int, int]) -> None:
    _demand((how.height, how.frames) == size, f"its sounds become {(how.height, how.frames)}, its size is {size}")
    _demand(RATES[0] <= how.rate <= RATES[1], f"its sounds must have 1,000 samples a second or more, got {how.rate}")
    lengths = (how.window, how.hop, how.span)
    _demand(all(0 < each <= MOST_SIDE for each in lengths), f"its window, hop and span must be positive, got {lengths}")
    _demand(1 <= how.bands <= MOST_BANDS, f"its bands must be 1 to {MOST_BANDS}, got {how.bands}")
    _demand(
        0 <= how.coefficients <= how.bands,
        f"its coefficients must be as many as its bands at most, got {how.coefficients}",
    )


def _check_pictures(preprocessing: Preprocessing) -> None:
    if preprocessing.sound is not None:
        _check_sound(preprocessing.sound, preprocessing.size)
    size, border, channels = preprocessing.size, preprocessing.border, preprocessing.channels
    _demand(0 <= 2 * border < min(size), f"its border must leave room for the image, got {border} of {size}")
    short = preprocessing.short
    if short is not None:
        _demand(preprocessing.resize == "crop", f"its short side is for `crop`, got it with {preprocessing.resize!r}")
        least = max(size) - 2 * border
        _demand(least <= short <= MOST_SIDE, f"its short side must be {least} to {MOST_SIDE} pixels, got {short}")
    numbers = channels * size[0] * size[1]
    if preprocessing.whitens:
        _demand(
            numbers <= MOST_INPUTS,
            f"its whitening must be of at most {MOST_INPUTS:,} numbers an image, got {numbers:,}",
        )
