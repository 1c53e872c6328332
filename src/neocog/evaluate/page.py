"""`report.html`: one file that shows the report in light, in dark and in print, and asks nothing of any other place.

There is no script in it. Its policy header forbids whatever is not in the file, and every name that comes from outside
(classes, files) is escaped by the template engine.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from neocog.core.proportion import Proportion
from neocog.evaluate.advice import advice
from neocog.evaluate.bootstrap import Interval
from neocog.evaluate.confusion import Confusion
from neocog.evaluate.facts import Fact, facts
from neocog.evaluate.figures import (
    accuracy_figure,
    belief,
    loss_figure,
    matrix_figure,
    matrix_title,
    reliability_figure,
    risk_figure,
    robustness_figure,
    roc_figure,
    verdict_figure,
)
from neocog.evaluate.figures.matrix import MOST_CLASSES as MOST_CELLS
from neocog.evaluate.per_class import ClassFigures
from neocog.evaluate.pictures import Pictures
from neocog.evaluate.report import AnyReport, Report
from neocog.evaluate.slices import LEAST, Slices
from neocog.evaluate.template import csv_file, rendered
from neocog.evaluate.words import clean, count, number, percent, short, span_of_time
from neocog.model import STRONG
from neocog.network import table

MOST_CLASSES = 40
MOST_LAYERS = 80
MOST_BESIDE = 8
MOST_OPENINGS = 100
MOST_LISTED = 20
MOST_SLICES = 12


@dataclass(frozen=True)
class ClassRow:
    """A line of the table of classes."""

    name: str
    figures: ClassFigures
    area: float | None
    area_interval: Interval | None
    trained: int
    taken_for: str
    taken_count: int


def page(report: Report, pictures: Pictures) -> str:
    """The report as HTML."""
    return rendered(
        "report.html",
        {
            "file": lambda text: short(text.rsplit("/", 1)[-1], 14),
            "span": lambda ends: " to ".join(f"{end:.3g}" for end in dict.fromkeys(ends)),
            "clean_text": lambda text: "\n".join(map(clean, text.split("\n"))),
        },
        report=report,
        pictures=pictures,
        strong=STRONG,
        **_content(report),
    )


def _content(report: Report) -> dict[str, Any]:
    measures, training = report.measures, report.training
    epochs = training.epochs if training else ()
    rows = _class_rows(report)
    confusions = measures.largest_confusions
    return {
        "headline": _headline(report),
        "facts": facts(measures),
        "advice": advice(report),
        "figures": {
            "verdict": verdict_figure(measures),
            "matrix": matrix_figure(measures),
            "reliability": reliability_figure(measures, report.reliance.before if report.reliance else None),
            "risk": risk_figure(report.reliance) if report.reliance else None,
            "robustness": robustness_figure(report.beside.robustness)
            if report.beside and report.beside.robustness
            else None,
            "roc": roc_figure(measures, report.samples.targets, report.samples.probabilities),
            "loss": loss_figure(epochs),
            "accuracy": accuracy_figure(epochs, training.validation_images) if training else None,
        },
        "mistakes_title": f"{count(measures.mistakes, 'mistake')} of {count(measures.n, report.findings.noun)}"
        if measures.mistakes
        else "No mistakes",
        "matrix_title": matrix_title(measures),
        "confusions": confusions if len(measures.classes) > MOST_CELLS else confusions[:MOST_BESIDE],
        "confusions_csv": csv_file(_confusion_rows(measures.classes, confusions)),
        "classes_title": _classes_title(rows),
        "class_rows": rows[:MOST_CLASSES],
        "hidden_classes": max(0, len(rows) - MOST_CLASSES),
        "classes_csv": csv_file(_class_table(rows)),
        "least": LEAST,
        "slices": report.slices.all[:MOST_SLICES],
        "slices_csv": csv_file(_slice_rows(report.slices)),
        "slice_floor": _lowest(each.share.low for each in report.slices.all[:MOST_SLICES]),
        "trained": training is not None and bool(training.images),
        "floor": _lowest(row.figures.recall.low for row in rows[:MOST_CLASSES] if row.figures.recall),
        "belief": belief(measures),
        **frame(report),
    }


def frame(report: AnyReport) -> dict[str, Any]:
    """What every report shows beside its figures: the data, the training, the network and the record."""
    training, layers = report.training, table(report.network)
    return {
        "data_title": _data_title(report),
        "data_lead": f"{clean(report.data)}: {count(report.findings.images, report.findings.noun)} {_classes(report)}.",
        "data_facts": _data_facts(report),
        "data_lists": _data_lists(report),
        "suggestions": report.findings.suggestions if report.own else (),
        "training_notes": [line for line in training.notes if line not in report.notes] if training else [],
        "training_lead": _training_lead(report),
        "network_lead": f"{number(layers.total.params)} parameters, {number(layers.total.macs)} multiply-accumulates "
        f"(MACs) an image, input {_shape(layers.input)}.",
        "layers": [
            {
                "path": row.path,
                "kind": row.kind,
                "output": _shape(row.output),
                "params": number(row.params) if row.params else "",
                "macs": number(row.macs) if row.macs else "",
                "sees": _shape(row.receptive_field),
            }
            for row in layers.rows[:MOST_LAYERS]
        ],
        "hidden_layers": max(0, len(layers.rows) - MOST_LAYERS),
        "openings": report.openings[-MOST_OPENINGS:],
    }


def _headline(report: Report) -> tuple[str, str, str, str]:
    """The verdict in four parts: up to the accuracy, the accuracy, the rest of that sentence, and the next one."""
    sentence, comparison = report.sentences
    value = percent(report.measures.accuracy.value)
    before, _, after = sentence.partition(value)
    return before, value, after, comparison


def _class_rows(report: Report) -> list[ClassRow]:
    measures = report.measures
    trained = report.training.images if report.training else {}
    rows = []
    for label, name in enumerate(measures.classes):
        wrong = measures.confusion[label].copy()
        wrong[label] = 0
        most = int(wrong.argmax())
        rows.append(
            ClassRow(
                name=name,
                figures=measures.per_class[label],
                area=measures.areas[label],
                area_interval=measures.area_intervals[label],
                trained=trained.get(name, 0),
                taken_for=measures.classes[most] if wrong[most] else "",
                taken_count=int(wrong[most]),
            )
        )
    return sorted(
        rows, key=lambda row: (row.figures.recall is None, row.figures.recall.value if row.figures.recall else 0)
    )


def _classes_title(rows: Sequence[ClassRow]) -> str:
    first = rows[0].figures.recall
    assert first is not None, "some class occurs, for there is at least one sample"
    if first.hits == first.n:
        return "Every class is found without a miss"
    return f"Weakest class: {clean(rows[0].name)}, {percent(first.value)} found"


def _lowest(ends: Iterable[float]) -> float:
    """Where the whiskers' scale begins: the tenth below the lowest end of any interval."""
    return min(int(10 * min(ends, default=0.0)) / 10, 0.9)


def _class_table(rows: Iterable[ClassRow]) -> list[Sequence[Any]]:
    ends = ("recall", "precision", "f1", "auc")
    head = ("class", "images", "trained_on", *(f"{name}{end}" for name in ends for end in ("", "_low", "_high")))
    lines: list[Sequence[Any]] = [(*head, "taken_for", "times")]
    for row in rows:
        figures = row.figures
        shares = [_ends(share.value if share else None, share) for share in (figures.recall, figures.precision)]
        plain = [_ends(figures.f1, figures.f1_interval), _ends(row.area, row.area_interval)]
        own = (row.name, figures.support, row.trained)
        lines.append((*own, *(value for each in shares + plain for value in each), row.taken_for, row.taken_count))
    return lines


def _ends(value: float | None, ends: Interval | Proportion | None) -> tuple[float | None, ...]:
    """A figure and its interval, as cells."""
    return (value, ends.low, ends.high) if ends is not None else (value, None, None)


def _slice_rows(found: Slices) -> list[Sequence[Any]]:
    head = (
        "slice",
        "images",
        "right",
        "right_low",
        "right_high",
        "rest",
        "difference_low",
        "difference_high",
        "weaker",
    )
    lines: list[Sequence[Any]] = [head]
    for each in found.all:
        share, ends = each.share, each.difference
        figures = (share.n, share.value, share.low, share.high, each.rest.value, ends.low, ends.high, each.weaker)
        lines.append((each.name, *figures))
    return lines


def _confusion_rows(classes: tuple[str, ...], confusions: Iterable[Confusion]) -> list[Sequence[Any]]:
    head: list[Sequence[Any]] = [("true", "answer", "images", "of")]
    return head + [(classes[each.true], classes[each.answer], each.count, each.of) for each in confusions]


def _classes(report: AnyReport) -> str:
    found = report.findings
    if found.task == "number":
        return f"with {count(len(found.numbers), 'number')} each"
    noun, plural = ("label", "labels") if found.task == "classes" else ("class", "classes")
    return f"{'with' if found.task == 'classes' else 'in'} {count(len(found.counts), noun, plural)}"


def _data_title(report: AnyReport) -> str:
    found = report.findings
    problems = [
        count(report.familiar, "test image that it learned from", "test images that it learned from")
        if report.familiar
        else "",
        count(found.leak_count, "leak between splits", "leaks between splits")
        if found.leak_count and report.own
        else "",
        count(found.conflict_count, "picture with two labels", "pictures with two labels")
        if found.conflict_count
        else "",
        f"label told by the {found.told[0].name} alone" if found.told else "",
        f"{number(found.unreadable_count)} unreadable" if found.unreadable_count else "",
    ]
    told = ", ".join(filter(None, problems))
    return f"Data problems: {told}" if told else "No fault was found in the data"


def _data_facts(report: AnyReport) -> list[Fact]:
    found = report.findings
    height, width = found.sizes.median
    names = {"train": "training images", "val": "validation images", "test": "test images"}
    lines = [Fact(names[side], number(total)) for side, total in found.sides.items()]
    if not report.own:
        lines = [Fact("images", number(found.images)), Fact("judged", number(report.judged))]
    return [
        *lines,
        Fact("unreadable, left out", number(found.unreadable_count)),
        *([Fact("the same picture on two sides", number(found.leak_count))] if report.own else []),
        Fact("copies on one side" if report.own else "copies", number(found.duplicate_count)),
        Fact("one picture, two labels", number(found.conflict_count)),
        *([Fact("largest class to smallest", f"{found.imbalance:g}", ": 1")] if found.task == "class" else []),
        Fact("median length", f"{width / max(height, 1):.3g}", "s")
        if found.noun == "sound"
        else Fact("median size", f"{width} × {height}", "pixels"),
        Fact("unusual sizes", number(found.odd_count)),
    ]


def _data_lists(report: AnyReport) -> list[tuple[str, list[str]]]:
    found = report.findings
    alike = [f"{each.file} ~ {each.other} ({each.label})" for each in report.alike]
    lists = [
        ("Unreadable images", found.unreadable_count, [f"{each.id}: {each.reason}" for each in found.unreadable]),
        (
            "Leaks",
            found.leak_count,
            [f"{pair.side} {pair.id} = {pair.other_side} {pair.other_id}" for pair in found.leaks],
        ),
        (
            "One picture, two labels",
            found.conflict_count,
            [f"{pair.id} ({pair.label}) = {pair.other_id} ({pair.other_label})" for pair in found.conflicts],
        ),
        ("Copies", found.duplicate_count, [f"{pair.id} = {pair.other_id}" for pair in found.duplicates]),
        ("Unusual sizes", found.odd_count, list(found.odd)),
        ("Test images that the network can hardly tell from a training image", len(alike), alike),
    ]
    return [
        (
            f"{title} ({number(total)})",
            lines[:MOST_LISTED] + ([f"and {number(total - MOST_LISTED)} more"] * (total > MOST_LISTED)),
        )
        for title, total, lines in lists
        if total and (report.own or title != "Leaks")
    ]


def _training_lead(report: AnyReport) -> str:
    if report.training is None:
        return ""
    started = report.training.started or {}
    parts = [f"{count(len(report.training.epochs), 'epoch')}"]
    if "train" in started:
        judged = number(int(started.get("val", 0)))
        parts.append(f"on {count(int(started['train']), 'image')}, judged each time on {judged} others")
    if report.training.finished and "seconds" in report.training.finished:
        parts.append(f"in {span_of_time(float(report.training.finished['seconds']))}")
    where = f" ({started['device']}, {started['precision']})" if {"device", "precision"} <= set(started) else ""
    network = f". Network {started['network']}" if started.get("network") else ""
    return clean(" ".join(parts) + where + network + ".").replace("..", ".")


def _shape(sides: Sequence[int]) -> str:
    return " × ".join(map(str, sides))
