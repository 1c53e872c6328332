"""Judge a model: find what to judge it on, write the opening down, compute, and leave the report as files.

    report = evaluate("runs/digits-2026-11-21")                  # a run, on its own sealed test set
    report = evaluate("model.safetensors", "more/photos")        # a model file, on other data
    print(report.verdict, report.folder / "report.html")

The order is the point: the line in the run's `ledger.jsonl` is on disk before the first prediction is made, so that an
opening that was interrupted counts too. A model file without its run keeps its ledger beside the report.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from neocog import __version__
from neocog.build import choose_device
from neocog.core.config import override
from neocog.core.download import Transfer
from neocog.core.errors import ModelFileError, RecipeError, RunError
from neocog.core.files import content_hash, make_folder
from neocog.core.proportion import Proportion
from neocog.core.run import (
    MODEL,
    PREDICTIONS,
    RECIPE,
    REPORT,
    REPORT_DATA,
    SPLITS,
    RunFolder,
    default_folder,
)
from neocog.data import Images, Progress, WordsPreprocessing, inspect, prepared, target
from neocog.data.inputs import told
from neocog.data.kinds import PICTURED
from neocog.data.pictures import picture, sound_of
from neocog.evaluate.board import MOST, drawn_board
from neocog.evaluate.heard import Heard, heard
from neocog.evaluate.kind_judge import kind_report
from neocog.evaluate.measures import measure
from neocog.evaluate.options import EvaluateOptions, data_options
from neocog.evaluate.page import page
from neocog.evaluate.pictures import Pixels, Word, pictures, weighed
from neocog.evaluate.predictions import columns, rows
from neocog.evaluate.reliance import reliance
from neocog.evaluate.report import AnyReport, Report, Samples, Training
from neocog.evaluate.retrust import Refit, retrusted
from neocog.evaluate.set_beside import set_beside
from neocog.evaluate.slices import Slices, column_cuts, picture_cuts, slices, sound_cuts
from neocog.evaluate.subject import Subject, find_subject, recipe_data, rows_of
from neocog.evaluate.views import Asked, Looker, Viewing, choose
from neocog.evaluate.words import count, interval, number, percent
from neocog.model import Model, decisive, open_model, probabilities, seen, to_bytes, trial, unanswered


def evaluate(
    model: str | Path,
    data: str | Path | None = None,
    *,
    out: str | Path | None = None,
    init: str = "",
    classes: str = "",
    changes: Mapping[str, str] | None = None,
    command: str = "neocog.evaluate.evaluate",
    progress: Progress | None = None,
    transfer: Transfer | None = None,
    refit: Refit | None = None,
) -> AnyReport:
    """Judge a model and write `report.html`, `report.json` and `predictions.csv`.

    `model` is a run folder or a model file, or with `init` (and `classes`) a network of the zoo, as in `open_model`;
    without `data` the run's own sealed test set is opened. `out` is a new folder for the report (the run's own by
    default, `runs/evaluate-DATA-DATE` for other data). `changes` are dotted overrides as texts
    (`{"data.path": "moved/here"}`); `command` is what the ledger says. Where `trust.error` is among the changes, the
    run's model is calibrated anew first, for `trust.folds` by what `refit` trains.

    Raises `ModelFileError` for a file that is no model, `DataError` for data that cannot be judged on, `RecipeError`
    for a choice that is unknown or out of range, `RunError` for a folder that is in the way.
    """
    path, changes = Path(model), changes or {}
    loaded = open_model(str(model), init, classes, transfer)
    options = override(EvaluateOptions(), changes)
    if options.test_time == "ensemble":
        raise RecipeError(
            f"test_time=ensemble takes several runs together, got one model ({path}); give the folder that holds the "
            "runs"
        )
    device = choose_device(options.compute.device)
    run = None if init else _run_of(path)
    if out is not None:
        refuse_filled(Path(out))
    if any(key.startswith("trust.") for key in changes):
        loaded = retrusted(path, loaded, run, options.trust, changes, device, refit, progress)
    subject = find_subject(path, loaded, run, data, changes, progress)
    looker = Looker(loaded, loaded.module().to(device), device, options.compute.batch, progress)
    viewing = _viewing(looker, path, run, subject, options.test_time)
    folder = _folder(run, out, subject)
    content = to_bytes(loaded) if init else (path / MODEL if path.is_dir() else path).read_bytes()
    return report_on(
        looker,
        subject,
        folder,
        ledger=run or folder,
        name=(run.path if run is not None else path).resolve().name,
        model_hash=content_hash(content),
        command=command,
        run=run,
        viewing=viewing,
        training=_training(run) if run is not None else None,
    )


def report_on(
    looker: Looker,
    subject: Subject,
    folder: RunFolder,
    *,
    ledger: RunFolder,
    name: str,
    model_hash: str,
    command: str,
    run: RunFolder | None = None,
    viewing: Viewing | None = None,
    training: Training | None = None,
) -> AnyReport:
    """The report on a model that is ready, written to a folder; the opening is a line of `ledger` before that.

    `run` is the one that gives what stands beside the verdict, where the subject is its own test set.
    """
    loaded, progress = looker.model, looker.progress
    with ledger.lock():
        ledger.record_opening(subject.test_hash, len(subject.rows), model_hash, command)
        images = _images(loaded, subject, progress)
        looked = seen(loaded, images, looker.module, looker.batch, looker.device)
        if loaded.task != "class":
            return kind_report(
                *(loaded, subject, looked.answers if loaded.task == "mask" else looked.logits, folder),
                ledger=ledger,
                name=name,
                model_hash=model_hash,
                training=training,
            )
        found = trial(loaded, looked, subject.targets)
        chances = np.asarray(probabilities(found.logits, loaded.temperature), dtype=np.float64)
        silent = tuple(unanswered(loaded, looked, chances))
        several = viewing is not None and viewing.way != "none"
        if viewing is not None and several:
            chances = looker.chances(subject.data, subject.rows, viewing.way)
        samples = Samples(subject.files, subject.targets, chances, subject.sides, silent)
        report = Report(
            measures=measure(samples.targets, samples.probabilities, loaded.classes),
            samples=samples,
            model=name,
            model_hash=model_hash,
            card=loaded.card,
            network=loaded.network,
            data=subject.data.table.name,
            subject=subject.words,
            own=subject.own,
            unseen=subject.unseen,
            familiar=int(subject.familiar.sum()),
            test_hash=subject.test_hash,
            openings=tuple(ledger.openings(subject.test_hash)),
            findings=subject.data.findings,
            warnings=(*_on_familiar(subject, samples), *subject.warnings),
            notes=subject.notes,
            training=training,
            beside=set_beside(loaded, looker.module, run, subject, samples, looker.device, progress),
            reliance=None if several else reliance(loaded, found, chances),
            slices=_slices(samples, subject, images),
            viewing=viewing,
            created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            version=__version__,
            folder=folder.path,
        )
        _write(report, subject, folder, looker)
    return report


def _run_of(path: Path) -> RunFolder | None:
    """The run that a path means: the folder itself, or the one that a model file lies in."""
    folder = path if path.is_dir() else path.parent if path.name == MODEL else None
    return RunFolder(folder) if folder is not None and (folder / RECIPE).is_file() else None


def refuse_filled(path: Path) -> None:
    """Raise `RunError` where something lies already in what is to be a new folder."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise RunError(f"{path} is there already, and nothing is overwritten; choose another --out")


def _folder(run: RunFolder | None, out: str | Path | None, subject: Subject) -> RunFolder:
    """Where the report goes: the run's folder for its own test set, else a new one."""
    if out is None and subject.own and run is not None:
        return run
    if out is None:
        return RunFolder(default_folder(f"evaluate-{subject.data.table.name}"))
    make_folder(Path(out))
    return RunFolder(Path(out))


def _images(model: Model, subject: Subject, progress: Progress | None) -> Images:
    """What is judged, from the same preparation as everywhere."""
    data = subject.data
    return prepared(
        data.table, data.scan, subject.rows, model.preprocessing, cache_gb=data.options.cache_gb, progress=progress
    )


def _viewing(looker: Looker, path: Path, run: RunFolder | None, subject: Subject, asked: Asked) -> Viewing | None:
    """What several views of an image gain on the validation images of a run; `None` where a single pass is asked for.

    Raises `ModelFileError` where they are to choose and there are none.
    """
    if asked == "none":
        return None
    if looker.model.task != "class":
        raise RecipeError(
            f"test_time={asked} averages the probabilities of one class, and the model answers "
            f"{target(looker.model.task).words}; leave it out"
        )
    if run is None or not run.has(SPLITS):
        if asked == "auto":
            raise ModelFileError(
                f"{path} is no run folder, so it has no validation images to choose by; give the run's folder, or "
                "choose --set test_time=flips"
            )
        return Viewing(way=asked)
    data = subject.data if subject.own else inspect(data_options(recipe_data(run), {}), looker.progress)
    lines = [line for line in run.read_splits() if line.split == "val"]
    return choose(looker, data, *rows_of(lines, data, run, looker.model.classes), asked)


def _slices(samples: Samples, subject: Subject, images: Images) -> Slices:
    """Where the answers are weaker."""
    table, scan, rows = subject.data.table, subject.data.scan, subject.rows
    cuts, left_out = column_cuts({name: [cells[row] for row in rows] for name, cells in table.columns.items()})
    if table.input_kind == "sound":
        cuts += sound_cuts(scan.heights[rows], scan.widths[rows])
    elif table.input_kind in PICTURED:
        cuts += picture_cuts(images, scan.heights[rows], scan.widths[rows])
    return slices(~samples.wrong, cuts, left_out)


def _on_familiar(subject: Subject, samples: Samples) -> Iterator[str]:
    """The warning that the model learned from images that it is judged on, and how well it does without them."""
    known = int(subject.familiar.sum())
    if not known:
        return
    right = ~samples.wrong[~subject.familiar]
    rest = "none is left without them"
    if len(right):
        share = Proportion.of(int(right.sum()), len(right))
        rest = f"without them, {number(share.hits)} of {number(share.n)} are right: {percent(share.value)}"
        rest += f" (95 % interval {interval(share)})"
    if subject.data.table.input_kind == "board":
        yield f"Games begin alike: {number(known)} of the test positions stand in training games too; {rest}."
        return
    yield (
        f"The model learned from {number(known)} of the {count(len(samples.files), 'test image')}, or from nearly the "
        f"same pictures, so the verdict is too good; {rest}."
    )


def _training(run: RunFolder) -> Training:
    events = run.read_events()
    kinds = {str(event["kind"]): event for event in events}
    return Training(
        recipe=run.read(RECIPE).decode(),
        epochs=tuple(event for event in events if event["kind"] == "epoch"),
        started=kinds.get("started"),
        finished=kinds.get("finished"),
        notes=tuple(str(event["text"]) for event in events if event["kind"] == "note"),
        images=Counter(row.label for row in run.read_splits() if row.split == "train") if run.has(SPLITS) else {},
    )


def _write(report: Report, subject: Subject, folder: RunFolder, looker: Looker) -> None:
    classes = report.measures.classes

    table = subject.data.table

    apart = looker.model.module() if isinstance(looker.model.preprocessing, WordsPreprocessing) else None

    def read(index: int) -> Pixels | Heard | str | tuple[Word, ...]:
        raw = table.source.read(int(subject.rows[index]))
        if table.input_kind == "sound":
            return heard(sound_of(raw))
        if table.input_kind == "board":
            ranked = np.argsort(-report.samples.probabilities[index], kind="stable")[:MOST].tolist()
            return drawn_board(picture(raw, "board"), int(report.samples.targets[index]), ranked)
        if isinstance(looker.model.preprocessing, WordsPreprocessing) and isinstance(raw, bytes):
            return weighed(decisive(looker.model, raw, int(report.samples.answers[index]), apart))
        return picture(raw, table.input_kind) if table.input_kind in PICTURED else told(raw, table)

    folder.write_table(PREDICTIONS, columns(classes), rows(report.samples, classes))
    alike = report.beside.nearest if report.beside else {}
    near = {place: f"{each.label}: {each.other}" for place, each in alike.items()}
    folder.write(REPORT, page(report, pictures(report.samples, classes, read, near)))
    folder.write_json(REPORT_DATA, report.to_dict())
