"""What the report says of numbers: how far off they are, what of their spread is explained, and where they fail."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from neocog.evaluate.facts import Fact
from neocog.evaluate.figures.residuals import residual_figure
from neocog.evaluate.kind_report import Reader, Sheet, Told, on_few, on_training, worst_samples
from neocog.evaluate.numbers import NumberFigures, NumberMeasures, measure_numbers
from neocog.evaluate.report import Training
from neocog.evaluate.subject import Subject
from neocog.evaluate.words import clean, count, interval, percent
from neocog.model import Model


def told_numbers(
    model: Model, subject: Subject, outputs: NDArray[np.float32], read: Reader, training: Training | None
) -> Told:
    """The verdict on the numbers of some samples, from the network's outputs for them [n, M]."""
    assert model.scale is not None, "a model of numbers has a scale"
    answers, truth = model.scale.answers(outputs), np.asarray(subject.targets, np.float64)
    learned = subject.data.targets(subject.data.rows("train")) if subject.own else truth
    found = measure_numbers(truth, answers, model.classes, model.half_width, learned.mean(axis=0).tolist())
    spread = truth.std(axis=0)
    far = (np.abs(answers - truth) / np.where(spread > 0, spread, 1)).max(axis=1)
    order = np.argsort(-far, kind="stable").tolist()

    def lines(place: int) -> tuple[tuple[str, str], ...]:
        pairs = []
        for name, own, answer in zip(model.classes, truth[place], answers[place], strict=True):
            title = clean(name) if len(model.classes) > 1 else ""
            pairs += [(f"{title} is".strip(), f"{own:.4g}"), (f"{title} called".strip(), f"{answer:.4g}")]
        return tuple(pairs)

    first, noun = found.per_number[0], subject.data.findings.noun
    seen = " it had never seen" if subject.unseen else ""
    value = f"{first.mae:.3g}"
    ends = first.mae_interval
    whose = f" of {clean(first.name)}" if len(found.names) > 1 else ""
    return Told(
        measures=found,
        n=found.n,
        value=value,
        sentences=(
            f"On {count(found.n, noun)}{seen}, its estimates{whose} are off by {value} on average "
            f"(95 % interval {ends.low:.3g} to {ends.high:.3g}).",
            f"Always answering the mean would be off by {first.baseline:.3g}{_explained(first)}.",
        ),
        facts=tuple(fact for each in found.per_number for fact in _facts(each, len(found.names) > 1)),
        figures=tuple(
            residual_figure(each, truth[:, place], answers[:, place]) for place, each in enumerate(found.per_number[:4])
        ),
        sheets=(_sheet(found),) if len(found.names) > 1 else (),
        worst=worst_samples(order, subject.files, lines, read),
        worst_lead="The answers that are farthest off, the farthest first.",
        advice=tuple(_advice(found, subject, training)),
        columns=("split", *(f"{name}{end}" for name in model.classes for end in ("", " answer"))),
        rows=tuple(
            (side, *(f"{one:.7g}" for pair in zip(truth[place], answers[place], strict=True) for one in pair))
            for place, side in enumerate(subject.sides)
        ),
    )


def _explained(each: NumberFigures) -> str:
    if each.r2 is None or each.r2_interval is None:
        return ""
    ends = each.r2_interval
    return (
        f"; the network explains {percent(max(0.0, each.r2))} of their variance "
        f"(R2 {each.r2:.3f}, 95 % interval {ends.low:.3f} to {ends.high:.3f})"
    )


def _facts(each: NumberFigures, named: bool) -> Iterator[Fact]:
    title = f", {clean(each.name)}" if named else ""
    yield Fact(
        f"mean absolute error{title}", f"{each.mae:.4g}", "", _span(each.mae_interval.low, each.mae_interval.high)
    )
    yield Fact(
        f"root mean squared error{title}",
        f"{each.rmse:.4g}",
        "",
        _span(each.rmse_interval.low, each.rmse_interval.high),
    )
    if each.r2 is not None and each.r2_interval is not None:
        yield Fact(f"R2{title}", f"{each.r2:.3f}", "", f"{each.r2_interval.low:.3f} to {each.r2_interval.high:.3f}")
    yield Fact(f"bias{title}", f"{each.bias:+.3g}", "", _span(each.bias_interval.low, each.bias_interval.high))
    if each.within is not None:
        figure, _, unit = percent(each.within.value).partition(" ")
        yield Fact(f"within ±{each.half_width:.3g}{title}", figure, unit, interval(each.within))


def _span(low: float, high: float) -> str:
    return f"{low:.3g} to {high:.3g}"


def _sheet(found: NumberMeasures) -> Sheet:
    ranked = sorted(found.per_number, key=lambda each: each.r2 if each.r2 is not None else 2.0)
    return Sheet(
        name="numbers",
        title=f"Hardest to estimate: {clean(ranked[0].name)}",
        lead="Each number on its own, the least explained first, in its own unit.",
        head=("number", "mean absolute error", "root mean squared", "R2", "bias", "off by the mean"),
        rows=tuple(
            (
                each.name,
                f"{each.mae:.4g}",
                f"{each.rmse:.4g}",
                "" if each.r2 is None else f"{each.r2:.3f}",
                f"{each.bias:+.3g}",
                f"{each.baseline:.4g}",
            )
            for each in ranked
        ),
    )


def _advice(found: NumberMeasures, subject: Subject, training: Training | None) -> Iterator[str]:
    for each in found.per_number:
        name = clean(each.name)
        if each.mae_interval.high >= each.baseline:
            yield f"It is not clearly better than always answering the mean of {name}: do not use it yet."
        if each.bias_interval.low > 0 or each.bias_interval.high < 0:
            side = "high" if each.bias > 0 else "low"
            yield (
                f"Its answers for {name} are too {side} by {abs(each.bias):.3g} on average: are these samples like "
                "those that it learned from?"
            )
        if each.rmse > _OUTLIERS * each.mae:
            yield f"A few answers for {name} are far off: look at them, and try --set loss.name=huber."
    yield from on_training(training)
    yield from on_few(found.n, subject.data.findings.noun)


_OUTLIERS = 2.0
