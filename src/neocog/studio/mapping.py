"""The map: a run's images laid onto a plane by what a layer of its network makes of them.

Reading the images, computing their codes and laying these out are errands, one after the other, each of which tells how
far it is. What they find is kept in the cache, so that a map is computed once, whoever asks for it and however often
the studio is started.

The sealed test set is only mapped after it was opened by judging the run; to compute its codes is one more opening.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from neocog.core import draw
from neocog.core.errors import DataError, NetworkError, RunError
from neocog.core.errors import nearest as nearest_name
from neocog.core.files import content_hash
from neocog.core.run import MODEL, RECIPE, REPORT_DATA, SPLITS, RunFolder, SplitRow
from neocog.data import Images, Progress, prepared, scan
from neocog.explain import Embedding, pca, tsne
from neocog.model import Keeping, codes_by_depth, nearest, penultimate, probabilities
from neocog.network import outputs, walk
from neocog.studio.errands import Asked, Errands
from neocog.studio.pictures import data_table
from neocog.studio.results import MOST_PROBABILITIES, Probability, Sample, SampleDetail
from neocog.studio.runs import Answer, as_written, recipe
from neocog.studio.shown import split_rows
from neocog.studio.stamps import stamp
from neocog.studio.subjects import Subject

Part = Literal["known", "val", "test"]
"""Which images: those of training and validation, those of validation alone, or the sealed ones."""
Way = Literal["tsne", "pca"]

MOST_POINTS = 20_000
"""The most images of a map; of more, as many drawn by chance, always the same."""
NEIGHBORS = 12
"""The images that are shown as nearest."""
COMMAND = "neocog studio: Map"
"""What stands in the ledger."""
PATIENCE = 3600.0
"""Seconds for which a map is computed on though nobody asks for it: who comes back finds it done."""

_SIDES: dict[Part, tuple[str, ...]] = {"known": ("train", "val"), "val": ("val",), "test": ("test",)}
_AGREEING = 10
_ASKED = 1000


class LayerChoice(Answer):
    """A layer by whose codes images can be laid out."""

    path: str
    kind: str
    numbers: int
    """How many numbers its code of an image has; of a map its mean, one a channel."""


class MapChoices(Answer):
    """What a map may be made of."""

    classes: list[str]
    layers: list[LayerChoice]
    layer: str
    """The one whose output is the network's code of an image: what its last layer with weights receives."""
    known: int
    """The images of training and validation."""
    val: int
    test: int
    sealed: bool
    """Whether the test set has not been opened by judging the run."""


class MapStep(Answer):
    """What is being computed, in words, and how much of how much is done; a total of 0 where that is not known."""

    number: int
    """The first, the second or the third step."""
    done: int
    total: int


class MapPoints(Answer):
    """A map; the lists are as long as it has images."""

    files: list[str]
    splits: list[str]
    labels: list[int]
    answers: list[int]
    confidences: list[float]
    x: list[float]
    y: list[float]
    preserved: float
    """The share of an image's ten nearest codes that are among its ten nearest points."""
    by_chance: float
    """The same for points dealt out at random."""
    explained: list[float]
    """The share of all variance along each axis; none for t-SNE."""
    agreement: float
    """The share of an image's ten nearest codes that are of its class."""
    total: int
    """How many images there are, of which those on the map were drawn."""
    missing: int
    """Images that are no longer where the run found them, or no longer what they were."""


class MapAnswer(Answer):
    """A map, or what is being computed for it."""

    step: MapStep | None
    points: MapPoints | None


class Neighbor(Answer):
    """An image with a code that is like another's."""

    file: str
    distance: float
    """Between the codes at length 1, from 0 to 2."""


class MapImage(Answer):
    """An image of a map, and those with the most alike codes, the nearest first."""

    detail: SampleDetail
    neighbors: list[Neighbor]


@dataclass(frozen=True, eq=False)
class _Read:
    """The images of a map, as the network wants them."""

    rows: tuple[SplitRow, ...]
    images: Images
    total: int
    missing: int
    data: str
    cache_gb: float


@dataclass(frozen=True, eq=False)
class _Coded:
    """The codes of a map's images, and the model's answers."""

    read: _Read
    labels: NDArray[np.int64]
    codes: NDArray[np.float32]
    chances: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _LaidOut:
    """A map's points."""

    embedding: Embedding
    agreement: float


@final
class Maps:
    """The maps of one studio; it remembers which runs' test sets it has told their ledgers of."""

    def __init__(self) -> None:
        self._errands = Errands(most=16, patience=PATIENCE)
        self._told: set[tuple[Path, str]] = set()

    def view(self, subject: Subject, part: Part, layer: str, way: Way) -> MapAnswer:
        """A map, or how far its computing is; raises `RunError` for the test set of a run that was not judged.

        Raises `NetworkError` for an unknown layer, `DataError` where the images are no longer there.
        """
        if layer not in subject.layers:
            raise NetworkError(f"the network has no layer {layer!r}; {nearest_name(layer, subject.layers)}")
        read = self._read(subject, part)
        if read.value is None:
            return _waiting(1, read)
        coded = self._coded(subject, part, layer, read.value)
        if coded.value is None:
            return _waiting(2, coded)
        found = coded.value
        laid = self._errands.ask((*_key(subject, part), layer, way), lambda progress: _lay_out(found, way, progress))
        if laid.value is None:
            return _waiting(3, laid)
        return MapAnswer(step=None, points=_points(found, laid.value))

    def image(self, subject: Subject, part: Part, layer: str, file: str) -> MapImage:
        """An image of a map, and its nearest; raises `RunError` where the map is not there, or has no such image."""
        read = self._read(subject, part).value
        coded = read and self._coded(subject, part, layer, read).value
        if not coded:
            raise RunError("this map is still being computed; wait for it")
        files = [row.file for row in coded.read.rows]
        if file not in files:
            raise RunError(f"{file} is not on this map; choose an image that is")
        at = files.index(file)
        found = nearest(coded.codes[at : at + 1], coded.codes, NEIGHBORS + 1)
        near = [
            Neighbor(file=files[place], distance=distance)
            for place, distance in zip(found.place[0].tolist(), found.distance[0].tolist(), strict=True)
            if place != at
        ]
        return MapImage(detail=_detail(coded, at), neighbors=near[:NEIGHBORS])

    def _read(self, subject: Subject, part: Part) -> Asked[_Read]:
        run = _run(subject)
        if part == "test" and not run.has(REPORT_DATA):
            raise RunError(
                f"the test set of {run.path.name} is sealed; judge the run on its page Results first, or look at the "
                "images that it was trained and validated on"
            )
        return self._errands.ask(_key(subject, part), lambda progress: _read(subject, part, progress))

    def _coded(self, subject: Subject, part: Part, layer: str, read: _Read) -> Asked[_Coded]:
        def work(progress: Progress) -> _Coded:
            if part == "test":
                self._open(_run(subject))
            return _code(subject, read, layer, progress)

        return self._errands.ask((*_key(subject, part), layer), work)

    def _open(self, run: RunFolder) -> None:
        """Write down that the test set is looked at, once in a studio's life."""
        report = run.read_json(REPORT_DATA)
        opened = (run.path, str(report["test_hash"]))
        if opened not in self._told:
            run.record_opening(report["test_hash"], report["n"], content_hash(run.read(MODEL)), COMMAND)
            self._told.add(opened)


def choices(subject: Subject) -> MapChoices:
    """What a map of a run's images may be made of."""
    network, run = subject.model.network, _run(subject)
    known = set(subject.layers)
    return MapChoices(
        classes=list(subject.model.classes),
        layers=[
            LayerChoice(path=step.path, kind=subject.kinds[step.path], numbers=step.shape[0])
            for step in walk(network)
            if step.path in known
        ],
        layer=penultimate(network) or subject.layers[0],
        sealed=not run.has(REPORT_DATA),
        known=len(_rows(run, "known")),
        val=len(_rows(run, "val")),
        test=len(_rows(run, "test")),
    )


def _run(subject: Subject) -> RunFolder:
    assert subject.run is not None, "the routes name a run"
    return subject.run


def _rows(run: RunFolder, part: Part) -> list[SplitRow]:
    return [row for row in split_rows(run).values() if row.split in _SIDES[part]]


def _key(subject: Subject, part: Part) -> tuple[object, ...]:
    """What names an errand about some images of a run, as long as they and the model stay what they are."""
    return (subject, stamp(_run(subject).path, (SPLITS, RECIPE)), part)


def _waiting(number: int, asked: Asked[Any]) -> MapAnswer:
    return MapAnswer(step=MapStep(number=number, done=asked.done, total=asked.total), points=None)


def _read(subject: Subject, part: Part, progress: Progress) -> _Read:
    """Find the images that the run split, and prepare them."""
    run = _run(subject)
    options, every = recipe(run).data, _rows(run, part)
    drawn = [every[place] for place in sorted(draw.permutation(len(every), "map")[:MOST_POINTS].tolist())]
    table, places = data_table(run)
    seen = scan(table, progress)
    there = [row for row in drawn if row.file in places and seen.hashes[places[row.file]] == row.hash]
    if not there:
        raise DataError(
            f"no image of {table.name} is where {run.path.name} found it, or as it was; bring back the data"
        )
    rows = np.array([places[row.file] for row in there], np.int64)
    wanted = subject.model.preprocessing
    images = prepared(table, seen, rows, wanted, cache_gb=options.cache_gb, progress=progress)
    return _Read(
        rows=tuple(there),
        images=images,
        total=len(every),
        missing=len(drawn) - len(there),
        data=table.name,
        cache_gb=options.cache_gb,
    )


def _code(subject: Subject, read: _Read, layer: str, progress: Progress) -> _Coded:
    """What the layer makes of the images, and what the network answers."""
    model, hashes = subject.model, [row.hash for row in read.rows]
    last = walk(model.network)[next(iter(outputs(model.network).values()))].path
    keeping = Keeping(name=read.data, hashes=hashes, cache_gb=read.cache_gb, progress=progress)
    found = codes_by_depth(subject.module, [layer, last], read.images, model.preprocessing, keeping)
    places = {name: place for place, name in enumerate(model.classes)}
    with as_written(_run(subject)):
        labels = np.array([places[row.label] for row in read.rows], np.int64)
    return _Coded(read, labels, found[layer], probabilities(found[last], model.temperature))


def _lay_out(coded: _Coded, way: Way, progress: Progress) -> _LaidOut:
    embedding = pca(coded.codes) if way == "pca" else tsne(coded.codes, progress=progress)
    asked = draw.permutation(len(coded.codes), "agreement")[:_ASKED]
    near = nearest(coded.codes[asked], coded.codes, _AGREEING + 1).place
    same = [
        (coded.labels[places[places != own][:_AGREEING]] == coded.labels[own]).mean()
        for own, places in zip(asked.tolist(), near, strict=True)
    ]
    return _LaidOut(embedding, float(np.mean(same)))


def _points(coded: _Coded, laid: _LaidOut) -> MapPoints:
    embedding, read = laid.embedding, coded.read
    x, y = np.round(embedding.points.astype(np.float64), 4).T
    return MapPoints(
        files=[row.file for row in read.rows],
        splits=[row.split for row in read.rows],
        labels=coded.labels.tolist(),
        answers=coded.chances.argmax(axis=1).tolist(),
        confidences=coded.chances.max(axis=1).tolist(),
        x=x.tolist(),
        y=y.tolist(),
        preserved=embedding.preserved,
        by_chance=embedding.by_chance,
        explained=embedding.explained.tolist(),
        agreement=laid.agreement,
        total=read.total,
        missing=read.missing,
    )


def _detail(coded: _Coded, at: int) -> SampleDetail:
    """An image, with what the model says of it."""
    row, label, chances = coded.read.rows[at], int(coded.labels[at]), coded.chances[at]
    ranked = np.argsort(-chances, kind="stable")[:MOST_PROBABILITIES].tolist()
    return SampleDetail(
        sample=Sample(
            index=at,
            file=row.file,
            label=label,
            answer=ranked[0],
            confidence=float(chances.max()),
            label_probability=float(chances[label]),
        ),
        probabilities=[
            Probability(label=each, probability=float(chances[each])) for each in dict.fromkeys([*ranked, label])
        ],
        hash=row.hash,
        split=row.split,
    )
