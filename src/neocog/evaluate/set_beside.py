"""What a run's report sets beside the verdict: simple features on the same images, the accuracy on changed ones, and
the training images that the network takes for alike.

All of it is bounded: images are drawn where there are many, fewer the more the network costs, and what would be too few
to say anything is left out. Training and validation images are found again by their content; where some are gone, the
verdict stands without this.
"""

import tomllib
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neocog.core import draw
from neocog.core.config import from_dict
from neocog.core.errors import DataError
from neocog.core.run import RECIPE, SPLITS, RunFolder
from neocog.data import Augment, Pixels, Preprocessing, Progress, prepared
from neocog.evaluate.beside import Alike, Beside
from neocog.evaluate.handmade import MOST_IMAGES, Handmade, handmade
from neocog.evaluate.pictures import choose
from neocog.evaluate.report import Samples
from neocog.evaluate.robustness import PASSES, Robustness, robustness
from neocog.evaluate.subject import Subject, rows_of
from neocog.evaluate.word_counts import MOST_SENTENCES, word_counts
from neocog.model import Model, codes, logits, nearest
from neocog.network import cost

BUDGET = 4e11
"""Multiply-accumulates that each of the two questions to the network may take."""

MOST_CHANGED = 500
"""Validation images that are changed."""
FEWEST_CHANGED = 40
MOST_KNOWN = 5000
"""Training images that are compared with."""

Side: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int64]]"


def set_beside(
    model: Model,
    module: nn.Module,
    run: RunFolder | None,
    subject: Subject,
    samples: Samples,
    device: str,
    progress: Progress | None = None,
) -> Beside | None:
    """What stands beside the verdict; None where it is not on a run's own data, or its images are gone."""
    if run is None or not subject.own or not run.has(SPLITS):
        return None
    lines = run.read_splits()
    try:
        learned, validated = (
            rows_of([line for line in lines if line.split == side], subject.data, run, model.classes)
            for side in ("train", "val")
        )
    except DataError:
        return None
    asker = _Asker(model, module, subject, device, progress)
    found, suspicious = asker.alike(learned, samples)
    return Beside(asker.handmade(learned), asker.robustness(validated, _augment(run)), found, suspicious)


@dataclass(frozen=True, eq=False)
class _Asker:
    """Asks about one model and its data."""

    model: Model
    module: nn.Module
    subject: Subject
    device: str
    progress: Progress | None

    def images(self, rows: NDArray[np.int64]) -> Pixels:
        """Some rows as the network sees them, in memory: there are few."""
        data = self.subject.data
        cache_gb = data.options.cache_gb
        found = prepared(
            data.table, data.scan, rows, self.model.preprocessing, cache_gb=cache_gb, progress=self.progress
        )
        return np.asarray(found[np.arange(len(rows))])

    def texts(self, rows: NDArray[np.int64]) -> list[bytes]:
        """The sentences of some rows."""
        read = self.subject.data.table.source.read
        return [raw for row in rows.tolist() if isinstance(raw := read(row), bytes)]

    def handmade(self, learned: Side) -> Handmade | None:
        """What hand-made features reach."""
        text = self.subject.data.table.input_kind == "text"
        most = MOST_SENTENCES if text else MOST_IMAGES
        known, asked = drawn(len(learned[0]), most), drawn(len(self.subject.rows), most)
        if len(known) and text:
            return word_counts(
                self.texts(learned[0][known]),
                learned[1][known],
                self.texts(self.subject.rows[asked]),
                self.subject.targets[asked],
                len(learned[0]),
            )
        if not len(known) or not isinstance(self.model.preprocessing, Preprocessing):
            return None
        return handmade(
            self.images(learned[0][known]),
            learned[1][known],
            self.images(self.subject.rows[asked]),
            self.subject.targets[asked],
            len(learned[0]),
        )

    def robustness(self, validated: Side, augment: Augment) -> tuple[Robustness, ...]:
        """The accuracy on changed validation images, as many as the network's cost allows."""
        preprocessing = self.model.preprocessing
        if not isinstance(preprocessing, Preprocessing) or preprocessing.sound is not None:
            return ()  # sounds are not turned, nor lit otherwise
        macs = max(cost(self.model.network).macs, 1)
        places = drawn(len(validated[0]), min(MOST_CHANGED, int(BUDGET / (PASSES * macs))))
        if len(places) < min(FEWEST_CHANGED, max(len(validated[0]), 1)):
            return ()

        def answer(images: Pixels) -> NDArray[np.int64]:
            return np.asarray(logits(self.module, images, preprocessing, device=self.device).argmax(axis=1))

        images = self.images(validated[0][places])
        return robustness(answer, images, validated[1][places], preprocessing, augment)

    def alike(self, learned: Side, samples: Samples) -> tuple[dict[int, Alike], tuple[Alike, ...]]:
        """The training images nearest to the mistakes that are shown, and the pairs that are suspiciously near."""
        macs = max(cost(self.model.network).macs, 1)
        most = int(BUDGET / macs)
        known = drawn(len(learned[0]), min(MOST_KNOWN, most // 2))
        shown, _ = choose(samples)
        asked = np.union1d(np.array(shown, np.int64), drawn(len(self.subject.rows), min(MOST_IMAGES, most // 2)))
        if not len(known) or not len(asked):
            return {}, ()
        ours, theirs = (
            codes(self.model, self.images(rows), self.module, device=self.device)
            for rows in (self.subject.rows[asked], learned[0][known])
        )
        found = nearest(ours, theirs)
        data = self.subject.data
        pairs = []
        for place, other in zip(asked.tolist(), found.place[:, 0].tolist(), strict=True):
            row = int(learned[0][known[other]])
            label = self.model.classes[learned[1][known[other]]]
            pairs.append(Alike(samples.files[place], data.table.ids[row], label))
        by_place = dict(zip(asked.tolist(), pairs, strict=True))
        return {place: by_place[place] for place in shown}, tuple(pairs[near] for near in found.suspicious.tolist())


def drawn(count: int, most: int) -> NDArray[np.int64]:
    """At most so many of `count` places, in order: all of them, or some by chance that is always the same.

    >>> drawn(3, 5).tolist(), len(drawn(9, 5))
    ([0, 1, 2], 5)
    """
    return np.sort(draw.permutation(count, "beside")[: max(most, 0)])


def _augment(run: RunFolder) -> Augment:
    """How the run varied its training images."""
    try:
        document = tomllib.loads(run.read(RECIPE).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{run.path / RECIPE} is not TOML: {error}; mend that line") from error
    return from_dict(Augment, document.get("augment", {}), str(run.path / RECIPE))
