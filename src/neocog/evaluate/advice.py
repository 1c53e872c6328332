"""What to do next: at most three lines, each true by a figure of the report, the most pressing first."""

from collections.abc import Iterator

from neocog.evaluate.figures.curves import OVERFITTED, best_epoch
from neocog.evaluate.report import Report
from neocog.evaluate.words import clean, count, number, percent

MOST = 3

_CONFIDENT = 0.95
_MISCALIBRATED = 0.05
_OFTEN_OPENED = 5
_MODEST_RECALL = 0.9
_WIDE_INTERVAL = 0.06
_STILL_FALLING = 0.03
_MISTAKES = 10


def advice(report: Report) -> tuple[str, ...]:
    """The lines, most pressing first; a line that says all is well where nothing stands out."""
    lines = [*_on_data(report), *_on_use(report), *_on_mistakes(report), *_on_training(report), *_on_size(report)]
    lines += _on_more(report)
    noun = report.findings.noun
    if not lines:
        lines = [f"Nothing stands out: try it on {noun}s from the place where it is to work, with `neocog predict`."]
    if report.reliance is not None and not report.reliance.costly:
        lines.append(report.reliance.sentence)
    return tuple(lines[:MOST])


def _on_more(report: Report) -> Iterator[str]:
    simple = report.beside.handmade if report.beside else None
    if simple is not None and simple.accuracy.value >= report.measures.accuracy.value:
        mend = "start from released weights (`--init imagenet`), or train longer"
        if report.findings.noun == "sentence":
            mend = "collect more sentences, or start from word vectors (`--init FILE`)"
        means = f"{simple.means[0].upper()}{simple.means[1:]}".partition(" (")[0].partition(" with")[0]
        yield f"{means} reach {percent(simple.accuracy.value)}, the network no more: {mend}."
    if report.own and report.measures.mistakes >= _MISTAKES:
        yield f"Would more {report.findings.noun}s help? `neocog check DATA --set check.curve=true` measures it."


def _on_data(report: Report) -> Iterator[str]:
    if not report.own:
        return
    noun = report.findings.noun
    thing = "picture" if noun == "image" else noun
    if report.familiar and noun != "position":  # games begin alike
        yield (
            f"It learned from {count(report.familiar, f'test {noun}')}, or from nearly the same {thing}s: this "
            f"verdict is too good. Keep each {thing} on one side of the split, then train and evaluate again."
        )
    elif report.findings.leak_count:
        yield (
            f"{count(report.findings.leak_count, 'pair')} of the same {thing} in training and in validation: this "
            "verdict stands, the validation figures are too good. Remove one of each pair, then train again."
        )
    if report.findings.conflict_count:
        pairs = count(report.findings.conflict_count, thing)
        yield f"{pairs} with two different labels: decide which label is right."


def _on_use(report: Report) -> Iterator[str]:
    measures = report.measures
    if measures.accuracy.low <= measures.baseline.accuracy and len(set(report.samples.targets.tolist())) > 1:
        yield (
            f"It is not clearly better than always answering “{clean(measures.classes[measures.baseline.label])}” "
            f"({percent(measures.baseline.accuracy)}): do not use it yet."
        )
    too_sure = measures.calibration.confidence > measures.accuracy.high
    if measures.calibration.error > _MISCALIBRATED and measures.calibration.off and too_sure:
        yield (
            "Do not take its confidence for a chance of being right: it says "
            f"{percent(measures.calibration.confidence)} on average and is right {percent(measures.accuracy.value)} of "
            "the time."
        )
    if report.reliance is not None and report.reliance.costly:
        yield report.reliance.sentence


def _on_mistakes(report: Report) -> Iterator[str]:
    measures, samples, noun = report.measures, report.samples, report.findings.noun
    confident = int((samples.wrong & (samples.confidence >= _CONFIDENT)).sum())
    if confident:
        mistakes = count(measures.mistakes, "mistake")
        yield (
            f"Look at the {count(confident, 'mistake')} made with a confidence of {percent(_CONFIDENT)} or more"
            f" (of {mistakes}): is the label wrong, or is something in the {noun} new to it? `neocog check DATA --set "
            f"check.labels=true` looks for wrong labels among the {noun}s that it learned from."
        )
    largest = measures.largest_confusions
    blamed = -1
    if largest and largest[0].count >= 3 and largest[0].count * 3 >= measures.mistakes:
        first = largest[0]
        blamed = first.true
        yield (
            f"Collect more {noun}s of {clean(measures.classes[first.true])} that could pass for "
            f"{clean(measures.classes[first.answer])}: {number(first.count)} of {count(measures.mistakes, 'mistake')} "
            "are of this kind."
        )
    found = [(each.recall.value, label) for label, each in enumerate(measures.per_class) if each.recall]
    lowest, label = min(found)
    if label != blamed and lowest < _MODEST_RECALL and measures.mistakes and lowest < measures.accuracy.value:
        name = measures.classes[label]
        trained = report.training.images.get(name, 0) if report.training else 0
        known = f", after {count(trained, f'training {noun}')}" if trained else ""
        yield f"Weakest class: {clean(name)}, of which {percent(lowest)} are found{known}. Add {noun}s of it."
    worst = report.slices.worst
    if worst is not None and worst.weaker:
        yield (
            f"It is weaker on {clean(worst.name)}: {percent(worst.share.value)} right, against "
            f"{percent(worst.rest.value)} of the rest. Add training {noun}s like those."
        )


def _on_training(report: Report) -> Iterator[str]:
    epochs, noun = report.training.epochs if report.training else (), report.findings.noun
    if len(epochs) < 3:
        return
    losses = [float(each["val_loss"]) for each in epochs]
    accuracies = [float(each["val_accuracy"]) for each in epochs]
    if losses[-1] > OVERFITTED * min(losses) and accuracies[-1] < max(accuracies):
        yield (
            f"It began to learn the training {noun}s by heart after epoch {losses.index(min(losses)) + 1}: more "
            f"{noun}s or stronger augmentation will help, more epochs will not."
        )
    elif best_epoch(epochs) == epochs[-1]["epoch"] and losses[-2] - losses[-1] > _STILL_FALLING * losses[-2]:
        yield f"It was still getting better at the last epoch: train longer, with `--epochs {2 * len(epochs)}`."


def _on_size(report: Report) -> Iterator[str]:
    share = report.measures.accuracy
    width = share.high - share.low
    if width > _WIDE_INTERVAL:
        yield (
            f"{count(share.n, report.findings.noun)} leave an interval {100 * width:.0f} points wide: four times as "
            "many would halve it."
        )
    if len(report.openings) >= _OFTEN_OPENED:
        yield (
            f"This test set has been opened {number(len(report.openings))} times: choices made by looking at it make "
            f"it too kind. Keep some new {report.findings.noun}s for the last word."
        )
