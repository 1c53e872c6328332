"""The page: each question, what was measured for an answer, and in plain words what the table shows."""

from collections.abc import Sequence

from trust_tables import advice, calibration, faults, verdicts

LEAST_FOUND = 0.8
"""Of moved labels, among twice as many suggestions."""

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
    enough = "each time" if min(moved) >= LEAST_FOUND else "not each time"
    return (
        title,
        "Faults were planted into sound images: labels moved to another class, training images put into the test set "
        "once more (the same bytes, saved anew as JPEG, moved by a pixel, or a twentieth smaller), changed ones "
        "that pixels do not give away (mirrored, cut to nine tenths, turned by 5 degrees, brighter by a quarter), and "
        "a thin frame in a color a class. Then `neocog check` was asked: for labels with `--set check.labels=true`, "
        "for changed images with released weights (`--set net=NET --set init=FILE`), which see photographs well, and "
        "textures and digits poorly. Of the moved "
        f"labels it should put at least {LEAST_FOUND:.0%} among the first suggestions, twice as many as there are "
        f"moved ones; it did so {enough}, and found from {min(moved):.0%} to {max(moved):.0%}. How many to look at it "
        "must estimate by itself: *it names* counts those that it would show a person. The last column is what the "
        "same search says before anything was planted.\n",
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
        "A network that says 90 % should be right nine times in ten. *Sure* is the mean of what it says, *right* the "
        "share that is; the calibration error is by how many points the two differ, over bins of confidence, and the "
        "log loss also punishes what was said with confidence and wrong. *After* is with the temperature that training "
        "fits to the validation images; all figures are on the test images, which it never saw. A calibration error of "
        "few images is not zero even for honest probabilities, which is why its interval stands beside it. It fell "
        f"for {better} of {len(found)}.\n",
        told,
        "A model may also be silent. The threshold is set on validation images, so that with 95 % certainty it is "
        "wrong at most as often as was wished; here is what became of that on the test images, and what it cost.\n",
        silence,
        "And it should not answer for what is nothing of the kind. This is the share of images that get no answer, "
        f"the fewer the better of its own, the more the better of all others ({calibration.COUNT} each of noise and "
        "of plain colors).\n",
        refusals,
    )


def _verdicts(found: list[verdicts.Row]) -> Sequence[str]:
    title = "## Is the second run really better?\n"
    if not found:
        return title, _MISSING
    alike = [row for row in found if "two seeds" in row.compared]
    pairs, said = sum(row.pairs for row in alike), sum(row.better for row in alike)
    return (
        title,
        "`neocog compare` sets two runs beside each other on the same test images. Two runs of one recipe that differ "
        f"in their seed are no better one than the other; of {pairs} such pairs it called {said} better. *By the test "
        "alone* counts the pairs that the test of the difference, which knows of the chance in the images only, would "
        "have told apart. The difference is that of the last pair of each row, with its 95 % interval; where that "
        "excludes zero, and the recipes differ, it says so.\n",
        verdicts.table(found),
    )


def _advice(found: list[advice.Row]) -> Sequence[str]:
    title = "## Is the advice on transfer any good?\n"
    if not found:
        return title, _MISSING
    failing = [f"{row.data} with {row.net}" for row in found if not row.holds]
    held = sum(row.holds for row in found)
    told = f"That holds in {held} of {len(found)} rows" + (f"; not for {' and '.join(failing)}" if failing else "")
    repeats = sorted({row.repeats for row in found})
    times = f"{repeats[0]}" if len(repeats) == 1 else f"{repeats[0]} to {repeats[-1]}"
    return (
        title,
        "`neocog advise` looks at training images through a network that others have trained, and recommends one of "
        "four ways: a new last layer (*head*), a new one on an *earlier* layer, training the *top* third further, or "
        f"*all* of it. {times} times a fifth of the images was held out, drawn anew, the advice was asked for the rest "
        "and each of the four ways was trained and judged on what was held out; no test set was opened. The figures "
        "are means in percent. The advised way should not be below the best of the four by more than "
        f"{100 * advice.LEAST:g} points or one paired standard error, whichever is larger; the best is picked "
        f"afterwards, by the same figures, so that chance is on its side. {told}.\n",
        advice.table(found),
    )
