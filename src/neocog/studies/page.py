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
        judges=judges(suspects) if suspects is not None else "",
        cards=[(each, *_picture(each, read)) for each, read in pictures],
        curve=curve,
        figure=curve_figure(curve) if curve is not None else None,
        created=created,
        version=version,
    )


def suspects_title(suspects: Suspects) -> str:
    """The finding about labels, the weaker the more of it may be the networks' own mistakes."""
    asked = count(suspects.agreement.n, "label")
    if not suspects.estimated:
        return f"None of {asked} stands out as wrong"
    are = "are" if suspects.estimated > 1 else "is"
    return (
        f"About {number(suspects.estimated)} of {asked} {are} {'probably wrong' if suspects.credible else 'in doubt'}"
    )


def judges(suspects: Suspects) -> str:
    """How good the networks are that doubt the labels, and what that makes of their doubt."""
    right, differ = suspects.agreement, len(suspects.ranked)
    told = (
        f"Networks that had not learned from an image named {percent(right.value)} ({interval(right)}) of "
        f"{number(right.n)} by their label"
    )
    if not differ:
        return f"{told}: they differ on none."
    if not suspects.estimated:
        return f"{told}, and are not sure enough of the others to doubt a label."
    if suspects.credible:
        return f"{told}."
    return (
        f"{told}. Where they differ, on {number(differ)}, most may well be their own mistakes: take what follows as "
        "images to look at, not as wrong labels. Networks that err less doubt better: more epochs, more images, or "
        "weights to start from."
    )


def _picture(suspect: Suspect, read: Read) -> tuple[str, bool]:
    try:
        return thumbnail(read(suspect.row))
    except (DataError, OSError):  # gone since it was judged
        return "", False
