"""The page: each question, what was measured for an answer, and in plain words what the table shows."""

import textwrap
from collections.abc import Sequence

from trust_tables import advice, calibration, faults, verdicts

LEAST_FOUND = 0.8
"""Of moved labels, among twice as many suggestions."""

WIDTH = 120

_OPENING = """\
<!-- Written by `make docs` from what docs/trust_tables keeps; measure anew or change the words there, not here. -->
# How far to trust it, measured

Neocog says of data what is wrong with it, of a model how sure it may be, and of weights how to start from them. Whether
it is right in that was measured on real images, and is told here as it came out. `make docs` writes this page in a
moment from what was kept; measuring anew takes the real images, which are looked for in `NEOCOG_SHARED`, and the time
that is given with each command. It goes on where it was stopped:

```text
{commands}
```
"""

_COMMANDS = (
    "PYTHONPATH=docs python -m trust_tables.faults OUT             # half an hour",
    "PYTHONPATH=docs python -m trust_tables.calibration OUT        # a quarter of an hour",
    "PYTHONPATH=docs python -m trust_tables.verdicts OUT           # an hour",
    "PYTHONPATH=docs python -m trust_tables.advice --minutes 60    # an hour for each two repeats",
)

_MISSING = "Nothing is kept of this yet.\n"


def page() -> str:
    """The whole page in Markdown, from what is kept."""
    opening = _OPENING.format(commands="\n".join(_COMMANDS))
    asked = (*_faults(faults.rows()), *_calibration(calibration.rows()), *_verdicts(verdicts.rows()))
    return "\n".join([opening, *asked, *_advice(advice.rows())])


def _faults(found: list[faults.Row]) -> Sequence[str]:
    title = "## Is what is wrong with the data found?\n"
    if not found:
        return title, _MISSING
    moved = [row.share for row in found if "moved" in row.fault]
    enough = "does so each time" if min(moved) >= LEAST_FOUND else "does not always do so"
    return (
        title,
        _words(
            "Faults were planted into sound images, and `neocog check` was asked. Labels were moved to another class "
            "(`--set check.labels=true`). Training images were put into the test set once more: the same bytes, saved "
            "anew as JPEG, moved by a pixel, or a twentieth smaller. So were changed ones that pixels do not give "
            "away: mirrored, cut to nine tenths, turned by 5 degrees, or brighter by a quarter (`--set net=NET --set "
            "init=FILE`: released weights know photographs well, textures and digits poorly). And every image got a "
            "thin frame in the color of its class."
        ),
        _words(
            f"Of the moved labels at least {_percent(LEAST_FOUND)} should be among the first suggestions, twice as "
            f"many as there are moved ones; `check` {enough}, and finds {_span(moved)}. How many to look at it must "
            "estimate by itself: *that it names* counts those that it would show a person. The last column is what "
            "the same search says before anything was planted."
        ),
        faults.table(found),
    )


def _calibration(found: list[calibration.Row]) -> Sequence[str]:
    title = "## Can its confidence be believed?\n"
    if not found:
        return title, _MISSING
    better = sum(row.error < row.error_before for row in found)
    told, silence, refusals = calibration.tables(found)
    return (
        title,
        _words(
            "A network that says 90 % should be right nine times in ten. *Sure* is the mean of what it says, *right* "
            "the share that is; the calibration error is by how many points the two differ, over bins of confidence, "
            "and the log loss punishes what was said with confidence and wrong. *After* is with the temperature that "
            "training fits to the validation images; all figures are on the test images, which it never saw. The "
            f"calibration error falls in {better} of {len(found)} rows. Of few images it is not zero even for honest "
            "probabilities, which is why its interval stands beside it."
        ),
        told,
        _words(
            "A model may also be silent. The threshold is set on validation images, so that with 95 % certainty it is "
            "wrong at most as often as was wished. This is what became of that on the test images, and what it costs."
        ),
        silence,
        _words(
            "And it should not answer for what is nothing of the kind. This is the share of images that get no answer: "
            "of its own the fewer the better, of all others the more the better. Of noise and of plain colors there "
            f"are {calibration.COUNT} each."
        ),
        refusals,
    )


def _verdicts(found: list[verdicts.Row]) -> Sequence[str]:
    title = "## Is the second run really better?\n"
    if not found:
        return title, _MISSING
    alike = [row for row in found if "two seeds" in row.compared]
    pairs, said = sum(row.pairs for row in alike), sum(row.better or 0 for row in alike)
    return (
        title,
        _words(
            "`neocog compare` sets two runs beside each other on the same test images. Two runs of one recipe that "
            f"differ in their seed are no better one than the other; of {pairs} such pairs it calls {said} better. *By "
            "the test alone* counts the pairs that the test of the difference, which knows of the chance in the images "
            "only, would have told apart. The difference is that of the last pair of each row, with its 95 % interval."
        ),
        verdicts.table(found),
    )


def _advice(found: list[advice.Row]) -> Sequence[str]:
    title = "## Is the advice on transfer any good?\n"
    if not found:
        return title, _MISSING
    failing = [f"{row.data} with {row.net}" for row in found if not row.holds]
    held = sum(row.holds for row in found)
    told = f"That holds in {held} of {len(found)} rows" + (f", not for {' and '.join(failing)}" if failing else "")
    return (
        title,
        _words(
            "`neocog advise` looks at training images through a network that others have trained, and recommends one "
            "of four ways: a new last layer (*head*), a new one on an *earlier* layer, training the *top* third "
            "further, or *all* of it. In each repeat a fifth of the images was held out, drawn anew; the advice was "
            "asked for the rest, and each of the four ways was trained on it and judged on what was held out. No test "
            "set was opened."
        ),
        _words(
            "The figures are means over the repeats, in percent. The advised way should not be below the best of the "
            f"four by more than {100 * advice.LEAST:g} points or one paired standard error, whichever is larger. The "
            f"best is picked afterwards by the same figures, so that chance is on its side. {told}."
        ),
        advice.table(found),
        _words(
            "One part of the rule was added because a row did not hold without it (MNIST, 20 a class, with MobileNet: "
            "*earlier* was 3.0 ± 1.8 points below *all*), so this table does not prove that part: where images are few "
            "and different, and a linear probe errs on more than 5 % of them at the best depth, *all* is advised if "
            "the network has batch normalization. It was then tried on six sets of 10 images a class (two each of "
            "digits, MNIST and NEU) with 400 others held out: with MobileNet *all* was 0.4 ± 1.2 points above "
            "*earlier*, neither a gain nor a loss; with SqueezeNet, which has no batch normalization, 7.2 ± 2.1 below, "
            "and there *earlier* stays."
        ),
    )


def _words(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _span(shares: list[float]) -> str:
    low, high = _percent(min(shares)), _percent(max(shares))
    return low if low == high else f"{low.removesuffix(' %')} to {high}"
