"""The report as a value: the measures, what they were taken on, and what a reader needs to weigh them.

`to_dict` is `report.json` and what `--json` prints; `page` draws it; the terminal tells it. Nothing is computed anew
there.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neocog.core.run import Opening
from neocog.data import Findings
from neocog.evaluate.beside import Alike, Beside
from neocog.evaluate.checked import Probabilities, Targets, answers
from neocog.evaluate.measures import Measures
from neocog.evaluate.reliance import Reliance
from neocog.evaluate.slices import Slices
from neocog.evaluate.views import Viewing
from neocog.evaluate.words import clean, count, interval, number, percent
from neocog.network import Network


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples one by one: their file, true class, probabilities, and the side of the split that they are on."""

    files: tuple[str, ...]
    targets: Targets
    probabilities: Probabilities
    sides: tuple[str, ...]
    unanswered: tuple[str, ...] = ()
    """For each why `predict` gives no answer to it, looking once; "" where it does. None where that is not known."""

    @property
    def answers(self) -> Targets:
        """The class that was answered for each. Shape [n]."""
        return answers(self.probabilities)

    @property
    def confidence(self) -> NDArray[np.float64]:
        """The probability of the answer. Shape [n]."""
        return np.asarray(self.probabilities.max(axis=1), dtype=np.float64)

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Whether the answer is wrong. Shape [n]."""
        return np.asarray(self.answers != self.targets)


@dataclass(frozen=True, kw_only=True)
class Training:
    """How the model came to be, as its run folder tells it."""

    recipe: str
    """`recipe.toml`."""
    epochs: tuple[Mapping[str, Any], ...] = ()
    """The epoch events, in order."""
    started: Mapping[str, Any] | None = None
    """The first event: counts, network, device, precision."""
    finished: Mapping[str, Any] | None = None
    """The last event, where the run came to its end."""
    notes: tuple[str, ...] = ()
    """What training found worth a sentence."""
    images: Mapping[str, int] = field(default_factory=dict)
    """The training images of each class."""

    @property
    def seconds(self) -> float | None:
        """How long it took; `None` where the run did not come to its end."""
        return float(self.finished["seconds"]) if self.finished and "seconds" in self.finished else None

    @property
    def validation_images(self) -> int:
        """How many images each validation accuracy was taken on; 0 where the run does not say."""
        return int((self.started or {}).get("val", 0))


@dataclass(frozen=True, kw_only=True, eq=False)
class AnyReport(ABC):
    """What every result of an evaluation says beside its figures, whatever the kind of target."""

    model: str
    """The model's name: its run, or its file."""
    model_hash: str
    """SHA-256 of the model file."""
    card: Mapping[str, Any] = field(default_factory=dict)
    """What the model file says of its training: the recipe, above all."""
    network: Network
    """The network that was judged."""
    data: str
    """The data's name."""
    subject: str
    """What was judged, in words: `the sealed test set of digits`."""
    own: bool
    """Whether it is the test set that the run sealed, in the data that the run was trained on."""
    unseen: bool
    """Whether it is known that the model never saw these images."""
    familiar: int = 0
    """Of how many of them the model learned from the picture, or from nearly the same one."""
    test_hash: str
    """SHA-256 over the sorted content hashes of the images that were judged."""
    openings: tuple[tuple[str, Opening], ...]
    """Every opening of this test set that the runs beside this one know of, this one included: run and ledger line."""
    findings: Findings
    """What was found out about the data."""
    warnings: tuple[str, ...] = ()
    """What makes the verdict doubtful; told loudly."""
    notes: tuple[str, ...] = ()
    """What else was decided on the way."""
    training: Training | None = None
    """How the model was trained, where its run folder is at hand."""
    created: str
    """UTC, ISO 8601."""
    version: str
    """The version of neocog that judged."""
    folder: Path
    """Where the files of this report are."""

    @property
    @abstractmethod
    def judged(self) -> int:
        """How many samples were judged."""

    @property
    @abstractmethod
    def sentences(self) -> tuple[str, str]:
        """The verdict, and what to compare it with."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able values, without the samples (they are in `predictions.csv`)."""

    @property
    def alike(self) -> tuple[Alike, ...]:
        """Test images that the network can hardly tell from a training image."""
        return ()

    @property
    def verdict(self) -> str:
        """The verdict in two sentences that a manager understands."""
        return " ".join(self.sentences)

    @property
    def opened(self) -> str:
        """How often this test set was opened, and by how many runs."""
        runs = len({name for name, _ in self.openings})
        times = len(self.openings)
        if times == 1:
            return "This test set has been opened once."
        return f"This test set has been opened {number(times)} times by {count(runs, 'run')}."

    def common(self) -> dict[str, Any]:
        """What `report.json` says whatever the kind of target."""
        return {
            "verdict": self.verdict,
            "warnings": list(self.warnings),
            "notes": list(self.notes),
            "model": self.model,
            "model_hash": self.model_hash,
            "network": repr(self.network),
            "card": dict(self.card),
            "seconds": self.training.seconds if self.training else None,
            "data": self.data,
            "subject": self.subject,
            "own": self.own,
            "unseen": self.unseen,
            "familiar": self.familiar,
            "test_hash": self.test_hash,
            "openings": [{"run": name, "time": line.time, "model": line.model} for name, line in self.openings],
            "findings": self.findings.document(),
            "created": self.created,
            "version": self.version,
        }


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Report(AnyReport):
    """The result of an evaluation on samples of one class each."""

    measures: Measures
    samples: Samples
    reliance: Reliance | None = None
    """What its confidence and its threshold are worth, where the model is calibrated."""
    beside: Beside | None = None
    """What stands beside the verdict, where it is on the test set of a run."""
    slices: Slices = field(default_factory=Slices)
    """Where it is weaker: accuracy by other columns of the data and by the looks of the pictures."""
    viewing: Viewing | None = None
    """What averaging several views of each image gains, where that was asked for."""

    @property
    def judged(self) -> int:
        """How many images were judged."""
        return self.measures.n

    @property
    def alike(self) -> tuple[Alike, ...]:
        """Test images that the network can hardly tell from a training image."""
        return self.beside.suspicious if self.beside else ()

    @property
    def sentences(self) -> tuple[str, str]:
        """The verdict, and what to compare it with."""
        share, baseline = self.measures.accuracy, self.measures.baseline
        seen = " it had never seen" if self.unseen else ""
        name = clean(self.measures.classes[baseline.label])
        return (
            f"Of {count(share.n, self.findings.noun)}{seen}, it named {number(share.hits)} right: "
            f"{percent(share.value)} (95 % interval {interval(share)}).",
            f"Always answering “{name}” would be right {percent(baseline.accuracy)} of the time{self._simple}.",
        )

    @property
    def _simple(self) -> str:
        """What hand-made features reach, as the end of a sentence."""
        simple = self.beside.handmade if self.beside else None
        if simple is None:
            return ""
        return f", {simple.means} {percent(simple.accuracy.value)}"

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able values, without the samples (they are in `predictions.csv`)."""
        return {
            **self.measures.to_dict(),
            **self.common(),
            "trust": self.reliance.to_dict() if self.reliance else None,
            "beside": self.beside.to_dict() if self.beside else None,
            "slices": self.slices.to_dict(),
            "test_time": self.viewing.to_dict() if self.viewing else None,
        }
