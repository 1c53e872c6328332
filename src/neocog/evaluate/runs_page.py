"""`runs.html`: several runs side by side, their mean, and what they are worth together, in the look of the report."""

from typing import Any

from neocog.core.columns import counted
from neocog.core.proportion import Proportion
from neocog.core.run import REPORT
from neocog.evaluate.bootstrap import Interval
from neocog.evaluate.ensemble import megabytes
from neocog.evaluate.figures import Figure, Line, whiskers_figure
from neocog.evaluate.template import csv_file, rendered
from neocog.evaluate.together import FOLDER, Together
from neocog.evaluate.words import clean, count, percent, points


def runs_page(found: Together, *, created: str, version: str) -> str:
    """The page as HTML."""
    pool = found.ensemble
    rows = _rows(found)
    return rendered(
        "runs.html",
        {},
        found=found,
        subject=str(found.runs[0].report["subject"]),
        figures=[_shares(found), _gains(found)],
        rows=rows,
        rows_csv=csv_file([list(rows[0]), *(list(row.values()) for row in rows)]),
        pool=pool,
        validated=count(pool.best.accuracy.n, "validation image"),
        report=f"{FOLDER}/{REPORT}" if found.model else "",
        created=created,
        version=version,
    )


def _rows(found: Together) -> list[dict[str, Any]]:
    """A line a run, and one for all together."""
    pool = found.ensemble
    lines = []
    for run, member in zip(found.runs, pool.members, strict=True):
        lines.append(
            {
                "run": run.name,
                "seed": run.recipe.get("seed", ""),
                "right": percent(run.report["accuracy"]),
                "validation": percent(member.accuracy.value),
                "params": counted(member.params),
                "MACs": counted(member.macs),
                "file": megabytes(member.bytes),
                "an image": f"{member.milliseconds:.2g} ms",
            }
        )
    total = {name: sum(getattr(each, name) for each in pool.members) for name in ("params", "macs", "bytes")}
    slow = sum(each.milliseconds for each in pool.members)
    lines.append(
        {
            "run": "together",
            "seed": "",
            "right": percent(pool.measures.accuracy.value),
            "validation": percent(pool.best.accuracy.value + pool.validation.value),
            "params": counted(total["params"]),
            "MACs": counted(total["macs"]),
            "file": megabytes(total["bytes"]),
            "an image": f"{slow:.2g} ms",
        }
    )
    return lines


def _shares(found: Together) -> Figure:
    """The accuracies with their intervals: the runs, their mean, and all together."""
    lines = [_line(run.name, Proportion.of(int(run.right.sum()), len(run.right)), doubtful=True) for run in found.runs]
    if found.mean is not None:
        lines.append(Line("mean over seeds", found.mean.accuracy, found.mean.interval, strong=True))
    lines.append(_line("together", found.ensemble.measures.accuracy, strong=True))
    title = (
        f"{percent(found.mean.accuracy)} right on average, {percent(found.ensemble.measures.accuracy.value)} together"
        if found.mean
        else f"{percent(found.ensemble.measures.accuracy.value)} right together"
    )
    images = count(found.ensemble.measures.n, "test image")
    return whiskers_figure(
        "runs", title, f"Share of {images} that is named right, with its 95 % interval.", "right, %", lines
    )


def _gains(found: Together) -> Figure:
    """What all together gain over the best single run, on validation and on the test images."""
    pool = found.ensemble
    lines = [
        Line("validation", pool.validation.value, pool.validation.interval, strong=True),
        Line("test", pool.sealed.value, pool.sealed.interval, doubtful=True),
    ]
    told = "more than chance" if pool.validation.better or pool.validation.worse else "no more than chance"
    return whiskers_figure(
        "gain",
        f"Together {points(pool.validation.value)} points on validation: {told}",
        f"What all together gain over {clean(pool.best.name)}, sample by sample, with its 95 % interval. Validation "
        "decides; the test images have no say.",
        "difference, points",
        lines,
        signed=True,
    )


def _line(name: str, share: Proportion, strong: bool = False, doubtful: bool = False) -> Line:
    return Line(name, share.value, Interval(share.low, share.high), strong, doubtful)
