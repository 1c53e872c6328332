"""What the report says of several labels: the ranking of each, what holds at the thresholds, and what goes together."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from neocog.core.proportion import Proportion
from neocog.data import JOIN
from neocog.evaluate.facts import Fact
from neocog.evaluate.figures.labels import label_curves, together_figure
from neocog.evaluate.kind_report import Reader, Sheet, Told, on_few, on_size, on_training, worst_samples
from neocog.evaluate.labels import LabelMeasures, measure_labels
from neocog.evaluate.report import Training
from neocog.evaluate.subject import Subject
from neocog.evaluate.words import clean, count, interval, listed, percent, span
from neocog.model import Model, class_columns, label_chances

_MODEST = 0.9
_FIXED = ("file", "labels", "answer", "split", "format")


def told_labels(
    model: Model, subject: Subject, outputs: NDArray[np.float32], read: Reader, training: Training | None
) -> Told:
    """The verdict on the labels of some samples, from the network's outputs for them [n, K]."""
    chances, held = label_chances(outputs), np.asarray(subject.targets) > 0.5
    claimed = chances >= np.array(model.thresholds)
    found = measure_labels(held, chances, model.classes, model.thresholds, model.groups)
    names = model.classes
    surprise = -np.log(np.maximum(np.where(held, chances, 1 - chances), np.finfo(np.float64).tiny)).mean(axis=1)
    mistaken = (held != claimed).any(axis=1)
    order = np.lexsort((-surprise, ~mistaken)).tolist()

    def named(row: NDArray[np.bool_]) -> str:
        return listed([names[place] for place in np.flatnonzero(row).tolist()], 8) or "none"

    def lines(place: int) -> tuple[tuple[str, str], ...]:
        return (("is", named(held[place])), ("called", named(claimed[place])))

    score = found.mean_average_precision_interval
    value = f"{found.mean_average_precision:.3f}"
    seen = " it had never seen" if subject.unseen else ""
    groups = [
        f"The most probable {clean(each.name)} is right {percent(each.accuracy.value)} of the time "
        f"(95 % interval {interval(each.accuracy)})."
        for each in found.groups
    ]
    noun = subject.data.findings.noun
    return Told(
        measures=found,
        n=found.n,
        value=value,
        sentences=(
            f"On {count(found.n, noun)}{seen}, its labels have a mean average precision of {value} "
            f"(95 % interval {span(score.low, score.high, 3)}).",
            " ".join([f"A random ranking would have {found.base_rate:.3f}.", *groups]),
        ),
        facts=tuple(_facts(found)),
        figures=tuple(filter(None, (label_curves(found, held, chances), together_figure(found)))),
        sheets=(_sheet(found),),
        worst=worst_samples(order, subject.files, lines, read),
        worst_lead=f"{count(int(mistaken.sum()), noun)} with a label too many or too few; the most surprising first.",
        advice=tuple(_advice(found, model, subject, training)),
        columns=("labels", "answer", "split", *class_columns(names, _FIXED)),
        rows=tuple(
            (
                JOIN.join(_names(held[place], names)),
                JOIN.join(_names(claimed[place], names)),
                side,
                *(f"{chance:.7g}" for chance in chances[place].tolist()),
            )
            for place, side in enumerate(subject.sides)
        ),
    )


def _names(row: NDArray[np.bool_], names: tuple[str, ...]) -> list[str]:
    return [names[place] for place in np.flatnonzero(row).tolist()]


def _facts(found: LabelMeasures) -> Iterator[Fact]:
    micro, macro, wrong = found.micro_f1_interval, found.macro_f1_interval, found.hamming_loss_interval
    yield Fact("micro F1", f"{found.micro_f1:.3f}", "", span(micro.low, micro.high, 3))
    yield Fact("mean F1 of the labels", f"{found.macro_f1:.3f}", "", span(macro.low, macro.high, 3))
    yield _share("all labels right", found.subset_accuracy)
    yield Fact("single answers wrong", percent(found.hamming_loss).removesuffix(" %"), "%", interval(wrong))
    for group in found.groups:
        yield _share(f"top {clean(group.name)} right", group.accuracy)
    yield Fact("labels", str(len(found.labels)))


def _share(name: str, share: Proportion) -> Fact:
    figure, _, unit = percent(share.value).partition(" ")
    return Fact(name, figure, unit, interval(share))


def _sheet(found: LabelMeasures) -> Sheet:
    ranked = sorted(
        found.per_label, key=lambda each: (each.average_precision is None, each.average_precision or 0.0, each.name)
    )
    weakest = ranked[0]
    assert weakest.average_precision is not None, "some label occurs"
    rows = []
    for each in ranked:
        ends = each.average_precision_interval
        rows.append(
            (
                each.name,
                "" if each.average_precision is None else f"{each.average_precision:.3f}",
                span(ends.low, ends.high, 3) if ends else "",
                f"{each.support / found.n:.3f}",
                "" if each.area is None else f"{each.area:.3f}",
                f"{each.support:,}",
                f"{each.threshold:.2f}",
                percent(each.precision.value) if each.precision else "never claimed",
                percent(each.recall.value) if each.recall else "",
                "" if each.f1 is None else f"{each.f1:.3f}",
            )
        )
    return Sheet(
        name="labels",
        title=f"Weakest label: {clean(weakest.name)}, average precision {weakest.average_precision:.3f}",
        lead="Each label on its own, the weakest first. A random ranking has the share of images that have the label "
        "as its average precision. Precision: right when claimed; recall: found where it holds.",
        head=(
            *("label", "average precision", "95 % interval", "by chance", "area under ROC", "images", "threshold"),
            *("precision", "recall", "F1"),
        ),
        rows=tuple(rows),
    )


def _advice(found: LabelMeasures, model: Model, subject: Subject, training: Training | None) -> Iterator[str]:
    score = found.mean_average_precision_interval
    if score.low <= found.base_rate:
        yield f"Its ranking is not clearly better than chance ({found.base_rate:.3f}): do not use it yet."
    preprocessing = getattr(model.preprocessing, "size", None)
    if preprocessing is not None:
        yield from on_size(min(preprocessing), subject.data.findings.sizes.median)
    lifts = [
        ((each.average_precision - each.support / found.n) / (1 - each.support / found.n), each)
        for each in found.per_label
        if each.average_precision is not None and each.support < found.n
    ]
    if lifts:
        _, weakest = min(lifts, key=lambda pair: pair[0])
        if (weakest.average_precision or 1.0) < _MODEST:
            trained = subject.data.findings.counts.get(weakest.name, {}).get("train", 0) if subject.own else 0
            known = f" after {count(trained, 'training image')}" if trained else ""
            yield (
                f"Weakest label against chance: {clean(weakest.name)}, average precision "
                f"{weakest.average_precision:.3f}{known}. Add images with it, and like ones without."
            )
    yield from on_training(training)
    yield from on_few(found.n, subject.data.findings.noun)
