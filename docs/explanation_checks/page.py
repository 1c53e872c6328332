"""The page of checks, from what was measured: verdicts by method and network, then the figures behind them."""

import json
from pathlib import Path
from typing import Any

from explanation_checks.measure import CASES, KEPT, methods
from neocog.explain.checks import ALIKE, PASSES
from neocog.explain.ordering import ORDERS

HEAD = """# Which explanations may be believed

A heat map always looks like something. `neocog explain` therefore checks each map twice: whether it changes when the
network's weights are drawn anew, from the last layer down (Adebayo et al., 2018), and whether hiding and showing places
in its order moves the answer more than random orders do (Petsiuk et al., 2018; Samek et al., 2017). This page holds
what the checks say of every method on three trained networks, and of a filter that finds edges and knows no network,
which must fail. The explained class is the network's own answer; figures are means over the images.

A method that fails here may pass on your network, and the other way round: the check belongs to the network and the
images, not to the method alone.

"""

FIGURES = f"""
## The figures

- *alike*: the rank correlation of the map with the one before, after new weights in the last layer, in the upper half
  of the layers, and in all; a mean of {ALIKE} or more fails. That is a choice, half way from unrelated to the same.
  Beside the mean stands its 95 % interval over the images (Student's t); where that holds the limit, the verdict is
  called close: other images might turn it.
- *edges*: the rank correlation with the image's edges.
- *shown*, *hidden*: the area under the class's probability when cells come, or go, in the map's order.
- *gain*: the difference of the two; it must be more than that of each of {ORDERS} random orders, whose largest stands
  beside it.
"""


def page(kept: Path = KEPT) -> str:
    """The page in Markdown."""
    rows = json.loads(kept.read_text())["rows"]
    return HEAD + _verdicts(rows) + FIGURES + "".join(_figures(rows, case.name) for case in CASES)


def _verdicts(rows: list[dict[str, Any]]) -> str:
    known = {(row["network"], row["method"]): row for row in rows}
    heads = [f"{case.name}, {case.images} images" for case in CASES]
    lines = ["| method | " + " | ".join(heads) + " |", "|---|" + "---|" * len(heads)]
    for method in methods():
        cells = [_told(known.get((case.name, method.name))) for case in CASES]
        lines.append(f"| {method.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _told(row: dict[str, Any] | None) -> str:
    if row is None:
        return "not measured yet"
    verdict = PASSES if row["passes"] else f"**fails**: {row['verdict']}"
    return f"{verdict}, but close" if row["close"] else verdict


def _figures(rows: list[dict[str, Any]], network: str) -> str:
    """The table of one network."""
    titles = {method.name: method.title for method in methods()}
    own = [row for row in rows if row["network"] == network]
    if not own:
        return ""
    lines = [f"\n### {network}\n", "| method | alike | mean | edges | shown | hidden | gain | random |"]
    lines.append("|---|---|---|---:|---:|---:|---:|---:|")
    for row in sorted(own, key=lambda row: list(titles).index(row["method"])):
        stages = ", ".join(f"{each:.2f}" for each in row["randomization"]["similarity"])
        random = max(each["insertion"] - each["deletion"] for each in row["random"])
        gain = row["insertion"] - row["deletion"]
        low, high = row["randomization"]["interval"]
        mean = f"{row['randomization']['mean']:.2f} ({low:.2f} to {high:.2f})"
        figures = [row["edges"], row["insertion"], row["deletion"], gain, random]
        told = " | ".join(f"{each:.2f}" for each in figures)
        lines.append(f"| {titles[row['method']]} | {stages} | {mean} | {told} |")
    return "\n".join(lines) + "\n"
