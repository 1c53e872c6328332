"""The page: how fast training is, how soon it is good enough, and which recipe gets there, as the benches kept it."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import peers_speed
import recipe_study
import time_to_accuracy
from common import kept
from turns import to_records

WIDTH = 120

_OPENING = """\
<!-- Written by `make docs` from what bench/results keeps; measure anew or change the words there, not here. -->
# How fast it is, measured

{words}
```text
python bench/peers_speed.py
python bench/time_to_accuracy.py
python bench/recipe_study.py
```
"""

_SPEED = {
    "small": """
        28 x 28 gray images, the zoo's `mnist_cnn` (batch 128, Adam) on MNIST. The compute-only limit is the same step
        on tensors that already lie in memory, in the fastest of some precisions, formats and numbers of threads.
    """,
    "photos": """
        JPEG photos of all sizes, ResNet-18 (batch 32, side 224) with random crop, flip and color. The limit gathers all
        that it needs in memory first, which is why it takes so much.
    """,
    "data": """
        Photos read, moved and recolored with full geometry, and no network: from the second epoch on, ours from its
        cache, the others from the files, since they keep none.
    """,
}


def page() -> str:
    """The whole page in Markdown, from what is kept."""
    speed, accuracy, recipes = (kept(name) for name in ("peers_speed", "time_to_accuracy", "recipe_study"))
    words = f"""
        Figures of a bench belong to the machine that they were measured on, here {_machine(speed.get("machine", {}))}.
        Each block is what the bench prints; every single turn and run is in `bench/results`, with the versions of all
        that took part. Measuring anew takes the peers (`bench/peers/requirements.txt`), real images in `NEOCOG_SHARED`,
        a machine with nothing else to do, and hours:
    """
    opening = _OPENING.format(words=_words(words))
    return "\n".join([opening, *_speed(speed), *_accuracy(accuracy.get("runs", {})), *_recipes(recipes)])


def _machine(facts: Mapping[str, Any]) -> str:
    if not facts:
        return "none yet"
    gpus = ", ".join(facts["gpus"]) or "no GPU"
    return f"{facts['threads']} cores of an {facts['processor']} and {gpus}, with torch {facts['torch']}"


def _speed(found: Mapping[str, Any]) -> Iterator[str]:
    yield "## Images a second\n"
    yield _words("""
        All ways take turns in one run, an epoch each, so that all meet the same machine. *Training* is the median of
        the training part of an epoch, *epoch* counts validation and checkpoint too; *ours is* so many times as fast, a
        median over the rounds. GB is the most memory of the process and its workers, pages they share counted once.
    """)
    for name, told in _SPEED.items():
        if name in found:
            yield _words(told)
            yield _block(peers_speed.table(to_records(found[name]["ways"])))


def _accuracy(runs: dict[str, Any]) -> Iterator[str]:
    yield "## Seconds to a validation accuracy\n"
    yield _words("""
        From the start of the process to the first validation that reaches the accuracy, reading of files, building of
        caches and each epoch's validation counted; all read the same files in the same folders. *Defaults* is each
        one's documented way, ours being `neocog train DATA`; *same network* gives all the network and side that ours
        chooses. Nobody has pretrained weights. A peer is stopped at 5 times our median, 2.5 times with the same
        network, and is not run a third time where two runs fail. *Disturbed* is a run during which others held more
        than 0.15 processors; in the oldest runs nobody counted.
    """)
    for wanted in time_to_accuracy.SETS:
        for name in time_to_accuracy.TABLES:
            if any(key.startswith(f"{wanted}, {name}, ") for key in runs):
                yield _block(time_to_accuracy.table(runs, name, wanted))


def _recipes(document: Mapping[str, Any]) -> Iterator[str]:
    yield "## Which recipe is soonest\n"
    yield _words("""
        The default recipe beside others that differ in one choice, whole runs of a user's. What counts is how many
        training images were looked at until validation first reached the accuracy, in units of the default's median:
        below 1 is sooner. Of few runs it is mostly chance: where validation has few images, a single epoch may reach
        the mark by luck.
    """)
    for wanted, runs in document.get("sets", {}).items():
        if runs:
            yield _block(recipe_study.table(document["sets"], wanted))


def _block(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return f"```text\n{lines}\n```\n"


def _words(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"
