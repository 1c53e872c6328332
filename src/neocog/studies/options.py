"""What `neocog check` trains for, only when it is asked to: `--set check.labels=true`, `--set check.curve=true`."""

from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Ge, Le


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """The studies of a data set, each of which trains several networks."""

    labels: bool = False
    """Look for wrong labels: by networks that did not learn from the image whose label they judge."""
    folds: Annotated[int, Ge(2), Le(50)] = 5
    """How many networks that takes; each one judges its part of the images."""
    curve: bool = False
    """Measure what more images would bring: the accuracy on validation after training on parts of them."""
    repeats: Annotated[int, Ge(2), Le(50)] = 3
    """How often each size of the curve is trained, each time on other images."""


@dataclass(frozen=True, kw_only=True)
class StudyOptions:
    """The keys that `check` takes beside those of the recipe."""

    check: CheckOptions = field(default_factory=CheckOptions)
    """Studies that train."""
