"""`check.html`: what the trainings of a study found, on one page without a script, in the look of the report.

The doubtful labels come as pictures, for a person has to decide; whatever comes from outside is escaped.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from neocog.core.errors import DataError
from neocog.evaluate.pictures import thumbnail
from neocog.evaluate.template import rendered
from neocog.evaluate.words import count, interval, number, percent, short
from neocog.studies.curve import LearningCurve
from neocog.studies.figures import curve_figure
from neocog.studies.suspects import Suspect, Suspects

MOST_PICTURES = 120
"""Doubtful labels that the page shows; the table beside it holds all."""

Read = Callable[[int], NDArray[np.uint8]]


def page(
    name: str,
    suspects: Suspects | None,
    curve: LearningCurve | None,
    pictures: Sequence[tuple[Suspect, Read]],
    *,
    created: str,
    version: str,
) -> str:
    """The page as HTML; `pictures` are the doubtful labels to show, each with what reads the pixels of its row."""
    return rendered(
        "check.html",
        {"file": lambda text: short(text.rsplit("/", 1)[-1], 18)},
        room="studies",
        name=name,
        suspects=suspects,
        suspects_title=suspects_title(suspects) if suspects is not None else "",
        agreement=f"{percent(suspects.agreement.value)} ({interval(suspects.agreement)})" if suspects else "",
        asked=number(suspects.agreement.n) if suspects else "",
        cards=[(each, *_picture(each, read)) for each, read in pictures],
        curve=curve,
        figure=curve_figure(curve) if curve is not None else None,
        created=created,
        version=version,
    )


def suspects_title(suspects: Suspects) -> str:
    """The finding about labels."""
    asked = count(suspects.agreement.n, "label")
    if not suspects.estimated:
        return f"None of {asked} stands out as wrong"
    return f"About {number(suspects.estimated)} of {asked} {'are' if suspects.estimated > 1 else 'is'} probably wrong"


def _picture(suspect: Suspect, read: Read) -> tuple[str, bool]:
    try:
        return thumbnail(read(suspect.row))
    except (DataError, OSError):  # gone since it was judged
        return "", False
