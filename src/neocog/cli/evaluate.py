"""`neocog evaluate MODEL [DATA]`: an honest verdict, in the terminal, as a page and as data."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from neocog.cli.console import ACCENT, QUIET, console, print_json
from neocog.cli.elsewhere import Classes, Init
from neocog.cli.progress import TrainingDisplay
from neocog.cli.tables import print_columns, print_prose
from neocog.core.columns import Column
from neocog.core.config import parse_changes
from neocog.core.errors import RunError
from neocog.core.files import FORMAT
from neocog.core.run import REPORT
from neocog.evaluate import (
    RUNS,
    AnyReport,
    Fact,
    Interval,
    KindReport,
    Report,
    Sheet,
    Together,
    advice,
    evaluate_runs,
    facts,
    run_folders,
)
from neocog.evaluate import evaluate as judge
from neocog.evaluate.words import count, interval, number, percent, short
from neocog.studies import fold_trial

MOST_CLASSES = 10
MOST_CONFUSIONS = 3

_NAME = 24


def evaluate(
    model: Annotated[
        str,
        typer.Argument(help="A run folder, a folder of runs (seeds), a model file, or with --init a network's name."),
    ],
    data: Annotated[str, typer.Argument(help="Other data to judge it on; none: the run's own sealed test set.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="A new folder for the report; default the run's own, or runs/.")
    ] = None,
    init: Init = "",
    classes: Classes = "",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="data.label=NAME, trust.error=0.01, test_time=auto, ...")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The report as one JSON document on standard output.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print where the report is, and nothing else.")] = False,
) -> None:
    """Judge a model on images it has not seen; writes report.html, report.json and predictions.csv."""
    given = [part for flag, value in (("--init", init), ("--classes", classes)) if value for part in (flag, value)]
    command = shlex.join(["neocog", "evaluate", *(part for part in (model, data) if part), *given])
    several, changes = run_folders(Path(model)), parse_changes(set_ or [])
    if several and (data or out or init):
        raise RunError(
            f"{model} holds {count(len(several), 'run')}, which are judged on their own test set, each in its folder; "
            f"leave DATA, --out and --init out, or give one run: {several[0]}"
        )
    with TrainingDisplay(quiet or as_json) as display:

        def judged(place: str | Path, changes: Mapping[str, str]) -> AnyReport:
            return judge(
                place,
                data or None,
                out=out,
                init=init,
                classes=classes,
                changes=changes,
                command=command,
                progress=display.reading,
                transfer=display.fetching,
                refit=lambda run, folds: fold_trial(run, folds, display.show_part, display.reading),
            )

        if several:
            together = evaluate_runs(model, judged, changes=changes, command=command, progress=display.reading)
        else:
            report = judged(model, changes)
    if several:
        _show_together(together, as_json, quiet)
    else:
        _show(report, as_json, quiet)


def _show_together(found: Together, as_json: bool, quiet: bool) -> None:
    """What several runs come to: each, their mean, and all of them together."""
    if as_json:
        print_json({"format": FORMAT, **found.to_dict(), "report": str(found.path / RUNS)})
        return
    if quiet:
        print(found.path / RUNS)
        return
    print_prose(found.sentence, "bold")
    console().print()
    figures = [(run.name, str(run.recipe.get("seed", "")), run.report) for run in found.runs]
    print_columns(
        [
            Column("run", [short(name, _NAME) for name, _, _ in figures], number=False),
            Column("seed", [seed for _, seed, _ in figures]),
            Column("right", [percent(told["accuracy"]) for _, _, told in figures]),
            Column(
                "95 % interval",
                [interval(Interval(told["accuracy_low"], told["accuracy_high"])) for *_, told in figures],
            ),
        ],
        total=False,
    )
    console().print()
    pool = found.ensemble
    for line in (pool.result, pool.gain, pool.price, pool.choice, *filter(None, [found.advice])):
        print_prose(line)
    for run in found.runs:
        print(run.path / REPORT)
    print(found.path / RUNS)


def _show(report: AnyReport, as_json: bool, quiet: bool) -> None:
    """One report, in the way that was asked for."""
    place = report.folder / REPORT
    if as_json:
        print_json({"format": FORMAT, **report.to_dict(), "report": str(place)})
    elif quiet:
        print(place)
    else:
        _tell(report)
        print(place)


def _tell(report: AnyReport) -> None:
    """The verdict first, then what stands behind it, within 80 columns."""
    out = console()
    out.print()
    out.print(Text(report.verdict, style="bold"), soft_wrap=False, width=min(out.width, 80))
    for warning in report.warnings:
        out.print(Text.assemble(("Take care: ", "bold red"), warning), soft_wrap=False, width=min(out.width, 80))
    out.print()
    out.print(Text(f"{'':<40}95 % interval", style=QUIET))
    figures: tuple[Fact, ...] = ()
    next_: tuple[str, ...] = ()
    if isinstance(report, Report):
        figures, next_ = facts(report.measures), advice(report)
    elif isinstance(report, KindReport):
        figures, next_ = report.told.facts, report.told.advice
    for fact in figures:
        value = f"{fact.value} {fact.unit}".rstrip()
        out.print(Text.assemble((f"{fact.name:<26}", QUIET), f"{value:>12}", (f"  {fact.interval}".rstrip(), QUIET)))
    out.print()
    if isinstance(report, Report):
        _tell_classes(report)
        _tell_mistakes(report)
        for line in (report.slices.sentence, *(report.viewing.sentences if report.viewing else ())):
            out.print(Text(line), soft_wrap=False, width=min(out.width, 80))
            out.print()
    elif isinstance(report, KindReport):
        for sheet in report.told.sheets:
            _tell_sheet(sheet)
    for index, line in enumerate(next_, 1):
        out.print(Text.assemble((f"{index}. ", ACCENT), line), soft_wrap=False, width=min(out.width, 80))
    out.print()
    out.print(Text(report.opened, style=QUIET))


def _tell_sheet(sheet: Sheet) -> None:
    """A table of labels or numbers, its columns as far as 80 columns reach."""
    rows = sheet.rows[:MOST_CLASSES]
    columns = [
        Column(head, [short(row[place], _NAME) for row in rows], number=place > 0)
        for place, head in enumerate(sheet.head[:4])
    ]
    print_columns(columns, total=False)
    if len(sheet.rows) > len(rows):
        console().print(Text(f"and {len(sheet.rows) - len(rows)} more, all of them in report.json", style=QUIET))
    console().print()


def _tell_classes(report: Report) -> None:
    out, measures = console(), report.measures
    ranked = sorted(
        (figures.recall.value, label) for label, figures in enumerate(measures.per_class) if figures.recall is not None
    )
    shown = [label for _, label in ranked[:MOST_CLASSES]]
    width = min(_NAME, max([5, *(len(measures.classes[label]) for label in shown)]))
    out.print(Text(f"{'class':<{width}}  images   found   95 % interval   precision      F1", style=QUIET))
    for label in shown:
        figures = measures.per_class[label]
        assert figures.recall is not None, "only classes that occur are ranked"
        precision = percent(figures.precision.value) if figures.precision else "never"
        f1 = f"{figures.f1:.3f}" if figures.f1 is not None else ""
        line = (
            f"{figures.support:>6,} {percent(figures.recall.value):>7} {interval(figures.recall):>15} {precision:>11}"
        )
        out.print(Text(f"{short(measures.classes[label], width):<{width}}  {line} {f1:>7}"))
    if len(ranked) > len(shown):
        rest = count(len(ranked) - len(shown), "stronger class", "stronger classes")
        out.print(Text(f"and {rest}, all of them in report.json", style=QUIET))
    out.print()


def _tell_mistakes(report: Report) -> None:
    out, measures = console(), report.measures
    if not measures.mistakes:
        return
    out.print(Text(f"{count(measures.mistakes, 'mistake')}, most often", style=QUIET))
    for each in measures.largest_confusions[:MOST_CONFUSIONS]:
        true, answer = (short(measures.classes[label], _NAME) for label in (each.true, each.answer))
        out.print(Text(f"{number(each.count):>6}  {true} taken for {answer}"))
    out.print()
