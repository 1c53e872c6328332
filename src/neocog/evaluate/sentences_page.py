"""`words.html`: sentences with their words colored by what the answer rests on, in the look of the report."""

from collections.abc import Sequence
from dataclasses import dataclass

from neocog import __version__
from neocog.evaluate.pictures import Word, weighed
from neocog.evaluate.template import rendered
from neocog.evaluate.words import percent
from neocog.model import STRONG, Decisive


@dataclass(frozen=True)
class _Sentence:
    found: Decisive
    label: str
    note: str
    words: tuple[Word, ...]
    check: str


def sentences_page(found: Sequence[Decisive], classes: Sequence[str], model: str, notes: Sequence[str] = ()) -> str:
    """The page as HTML; `notes` says of each sentence where it stands."""
    told = [
        _Sentence(each, classes[each.label], note, weighed(each), check_told(each))
        for each, note in zip(found, notes or [""] * len(found), strict=True)
    ]
    return rendered(
        "sentences.html", {}, sentences=told, model=model, strong=STRONG, title=counted(found), version=__version__
    )


def counted(found: Sequence[Decisive]) -> str:
    """How many explanations pass their check, as a title.

    >>> counted([])
    '0 of 0 explanations pass their check'
    """
    return f"{sum(each.passes for each in found)} of {len(found)} explanations pass their check"


def check_told(found: Decisive) -> str:
    """The check of a sentence's explanation in figures."""
    words = "word" if found.few == 1 else f"{found.few} words"
    other = "another word" if found.few == 1 else f"{found.few} others"
    verdict = "passes" if found.passes else "does not pass"
    return (
        f"Its check {verdict}: without the strongest {words} the probability is {percent(found.without)}, without "
        f"{other}, drawn {len(found.by_chance)} times, {percent(min(found.by_chance))} at least."
    )
