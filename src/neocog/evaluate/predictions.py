"""`predictions.csv`: a line a sample, with its label, the answer, and the probability of every class.

`answer` is the most probable class, on which the figures of the report are. `unanswered` says why `neocog predict`
would not give it, and is empty where it does: the probability is below the model's threshold, or the image is unlike
the training images.
"""

from collections.abc import Iterator
from typing import Any

from neocog.evaluate.report import Samples
from neocog.model import class_columns

FIXED = ("file", "label", "answer", "probability", "split", "unanswered")


def columns(classes: tuple[str, ...]) -> list[str]:
    """The names of the columns: the fixed ones, then one a class; a class of the same name gets `class` before it.

    >>> columns(("cat", "label"))[6:]
    ['cat', 'class label']
    """
    return [*FIXED, *class_columns(classes, (*FIXED, "format"))]


def rows(samples: Samples, classes: tuple[str, ...]) -> Iterator[list[Any]]:
    """The lines, probabilities with 7 significant digits (what float32 holds)."""
    answers, confidence = samples.answers, samples.confidence
    for index, file in enumerate(samples.files):
        yield [
            file,
            classes[samples.targets[index]],
            classes[answers[index]],
            f"{confidence[index]:.7g}",
            samples.sides[index],
            samples.unanswered[index] if samples.unanswered else "",
            *(f"{value:.7g}" for value in samples.probabilities[index]),
        ]
