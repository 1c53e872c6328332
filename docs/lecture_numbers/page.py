"""The page itself: findings first, then the sections, each a table and a word on every difference."""

import re
from collections import Counter

from lecture_numbers.claim import LECTURES, Judged, Section, judged
from lecture_numbers.claims_classics import CLASSIC_SECTIONS
from lecture_numbers.claims_layers import LAYER_SECTIONS
from lecture_numbers.claims_networks import NETWORK_SECTIONS
from lecture_numbers.figures import Verdict

SECTIONS = (*LAYER_SECTIONS, *CLASSIC_SECTIONS, *NETWORK_SECTIONS)

_HEAD = "| what | said | it comes to | the sum | verdict |\n|---|---|---|---|---|"

_OPENING = """\
<!-- Written by `make docs` from docs/lecture_numbers; change the tables there, not this page. -->
# The lecture's numbers, recomputed

{findings}

Each sum was done anew by Neocog's own layers and networks when this page was made, and a test makes sure that it still
comes to the same. A claim agrees if its numbers are exact, *when rounded* if its last digit is the rounded one, and
*when cut off* if the digits behind it were dropped instead; a zero before K or M may be such a digit. Where nobody gave
a number, the verdict is a dash. Operations are multiplications of convolutions and dense layers; M is a million.

Any count on this page can be had for any network:

```python
from neocog import zoo
from neocog.network import cost, shapes

assert cost(zoo.network("vgg16")).params == 138_357_544
assert shapes(zoo.network("alexnet"))["conv1"] == (96, 55, 55)
```

Letters say who says so:

{lectures}
"""


def page() -> str:
    """The whole page in Markdown; computes everything."""
    results = [(section, [judged(claim) for claim in section.claims]) for section in SECTIONS]
    lectures = "\n".join(f"- **{letter}**: {about}" for letter, about in LECTURES.items())
    opening = _OPENING.format(findings=_findings(results), lectures=lectures)
    return "\n".join([opening, *(_section(section, rows) for section, rows in results)])


def _findings(results: list[tuple[Section, list[Judged]]]) -> str:
    counts = Counter(row.verdict for _, rows in results for row in rows)
    said = sum(counts.values()) - counts[Verdict.OPEN]
    wrong = [(section, row) for section, rows in results for row in rows if row.verdict is Verdict.DIFFERS]
    listed = "\n".join(
        f"- [{section.title}](#{_anchor(section.title)}), {row.claim.about} ({row.claim.said_by}): "
        f"said {row.claim.says} and comes to {row.answer.shown}"
        for section, row in wrong
    )
    return (
        f"Five lectures on convolutional networks, and the papers behind them, give the {said} figures below. "
        f"{counts[Verdict.AGREES]} agree, {counts[Verdict.ROUNDED]} agree when rounded, {counts[Verdict.CUT]} when cut "
        f"off, and {counts[Verdict.DIFFERS]} do not; {counts[Verdict.OPEN]} more are counted here though nobody gave "
        f"them. These do not agree:\n\n{listed}"
    )


def _anchor(title: str) -> str:
    """How GitHub names a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _section(section: Section, rows: list[Judged]) -> str:
    lines = [f"## {section.title}", "", section.look, "", _HEAD, *map(_row, rows), ""]
    notes = [row for row in rows if row.claim.note]
    if notes:
        lines += [*(f"- *{_label(row)}*: {row.claim.note}" for row in notes), ""]
    return "\n".join(lines)


def _label(row: Judged) -> str:
    """What a note is about, and whose claim."""
    return f"{row.claim.about} ({row.claim.said_by})" if row.claim.said_by else row.claim.about


def _row(row: Judged) -> str:
    claim = row.claim
    said = f"{claim.says} ({claim.said_by})" if claim.says else ""
    cells = (claim.about, said, row.answer.shown, row.answer.sum, row.words)
    assert not any("|" in cell or "\n" in cell for cell in cells), f"a cell of {claim.about!r} breaks the table"
    return f"| {' | '.join(cells)} |"
