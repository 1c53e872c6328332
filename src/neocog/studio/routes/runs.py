"""Runs: the list, curves, whether one is better, and how to begin one."""

import time
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from neocog import recipes, zoo
from neocog.core import config
from neocog.core.errors import MissingRunError, RecipeError, RunError
from neocog.core.run import RunFolder
from neocog.data import DataOptions, Findings, inspect, refusal, short_name
from neocog.evaluate import compare
from neocog.model import IMAGENET
from neocog.studio.jobs import Jobs, arguments
from neocog.studio.opened import DIGITS, Opened
from neocog.studio.runs import Answer, Curve, RunSummary, curve, data_seen, summary
from neocog.train import Recipe

_OWN = {"data.path", "net"}
"""Choices that name something to read, which is looked at by itself."""


class RunList(Answer):
    """All runs of the folder."""

    folder: str
    runs: list[RunSummary]


class ComparisonAnswer(Answer):
    """Whether the second of two runs is really better, in a sentence, and by how much."""

    sentence: str
    caution: str
    difference: float
    low: float
    high: float
    n: int


class NetworkChoice(Answer):
    """A network of the zoo that images can be trained on."""

    name: str
    summary: str
    parameters: int


class RecipeChoice(Answer):
    """A recipe by name, and its first sentence."""

    name: str
    summary: str


class Choices(Answer):
    """What a new run may be made of."""

    data: list[str]
    has_data: bool
    """Whether the studio was started on data."""
    has_model: bool
    """Whether it was started on a model file that lies in no run."""
    networks: list[NetworkChoice]
    recipes: list[RecipeChoice]


class DataAnswer(Answer):
    """What a look at data found."""

    name: str
    images: int
    classes: list[str]
    train: int
    val: int
    test: int
    refusal: str
    """Why it cannot be trained on; empty where it can."""
    problems: list[str]
    suggestions: list[str]
    suggested_name: str
    """A free name for a run on it."""


class NewRun(Answer):
    """A run to begin."""

    name: str = Field(max_length=100)
    data: str = Field(max_length=4000)
    net: str = Field(default="", max_length=4000)
    epochs: str = Field(default="", max_length=20)
    seed: str = Field(default="", max_length=20)
    recipe: str = Field(default="", max_length=100)
    changes: dict[str, str] = Field(default_factory=dict, max_length=50)


def router(opened: Opened, jobs: Jobs) -> APIRouter:
    """The routes of the page Runs."""
    routes = APIRouter(tags=["runs"])

    @routes.get("/runs")
    def list_runs() -> RunList:
        """All runs, by name."""
        found = []
        for name in opened.names():
            with suppress(MissingRunError):  # deleted since the folder was read
                found.append(summary(opened.run(name)))
        return RunList(folder=str(opened.runs.resolve()), runs=found)

    @routes.get("/runs/{name}")
    def one_run(name: str) -> RunSummary:
        """One run in a line."""
        return summary(opened.run(name))

    @routes.get("/curves")
    def curves(run: Annotated[list[str], Query(max_length=40)]) -> list[Curve]:
        """How some runs went, epoch by epoch."""
        return [curve(opened.run(name)) for name in run]

    @routes.get("/comparison")
    def comparison(first: str, second: str) -> ComparisonAnswer:
        """Whether the second of two judged runs is really better, paired over the same sealed test images."""
        found = compare(opened.run(first).path, opened.run(second).path)
        gained = found.difference
        return ComparisonAnswer(
            sentence=found.sentence,
            caution=found.caution,
            difference=gained.value,
            low=gained.interval.low,
            high=gained.interval.high,
            n=found.n,
        )

    @routes.get("/choices")
    def choices() -> Choices:
        """What a new run may be made of."""
        seen = data_seen([opened.folder(name) for name in opened.names()])
        return Choices(
            data=list(dict.fromkeys(filter(None, [opened.data, *seen, DIGITS]))),
            has_data=bool(opened.data),
            has_model=opened.model is not None,
            networks=[
                NetworkChoice(name=each.name, summary=each.summary, parameters=each.params)
                for each in zoo.list()
                if len(each.input) == 3
            ],
            recipes=[RecipeChoice(name=name, summary=recipes.summary(name)) for name in recipes.names()],
        )

    @routes.get("/data")
    def look_at_data(path: str) -> DataAnswer:
        """What is wrong with data, before any training."""
        data = inspect(DataOptions(path=opened.data_path(path)))
        found = data.findings
        return DataAnswer(
            name=found.name,
            images=found.images,
            classes=list(data.classes),
            train=len(data.rows("train")),
            val=len(data.rows("val")),
            test=len(data.rows("test")),
            refusal=refusal(data) or "",
            problems=_problems(found),
            suggestions=list(found.suggestions),
            suggested_name=_free(opened, found.name),
        )

    @routes.post("/runs", status_code=201)
    def begin(wanted: NewRun) -> RunSummary:
        """Begin to train, in a process of its own."""
        folder = opened.folder(wanted.name)
        if folder.exists():
            raise RunError(f"{wanted.name} is there already; choose another name")
        flags = {"net": wanted.net, "epochs": wanted.epochs, "seed": wanted.seed}
        changes = {**{key: text for key, text in flags.items() if text}, **wanted.changes}
        for key in _OWN & wanted.changes.keys():
            raise RecipeError(f"`{key}` has a place of its own; choose it there, not among the other choices")
        config.override(recipes.recipe(wanted.recipe) if wanted.recipe else Recipe(), changes)
        if wanted.net and wanted.net != "auto":
            zoo.get(wanted.net)
        if changes.get("init", IMAGENET) != IMAGENET:
            changes["init"] = opened.data_path(changes["init"])
        data = opened.data_path(wanted.data)
        given = [data, "--out", str(folder.resolve()), "--quiet", *arguments(changes)]
        jobs.start(RunFolder(folder), "train", [*given, *(["--recipe", wanted.recipe] if wanted.recipe else [])])
        return summary(RunFolder(folder))

    return routes


def _free(opened: Opened, data: str) -> str:
    """A name that no run has yet, as the command line makes them: data and date."""
    stem = f"{short_name(data)}-{time.strftime('%Y-%m-%d')}"
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, 10_000))
    return next(name for name in names if not opened.folder(name).exists())


def _problems(found: Findings) -> list[str]:
    """What is wrong with data, a line a kind."""
    counted = {
        "unreadable": found.unreadable_count,
        "duplicates": found.duplicate_count,
        "leaks between the splits": found.leak_count,
        "same picture, other label": found.conflict_count,
        "of an odd size": found.odd_count,
    }
    return [f"{number:,} {name}" for name, number in counted.items() if number]
