"""`neocog check DATA`: what is wrong with the data, and what to do about it, before any training.

Data that cannot be trained on is reported in full all the same, and then refused with status 2, so that a script stops
where `neocog train` would; whatever else is found leaves it at 0.

Nothing is changed. `--grid FILE` draws what the network will see of some images, augmentation included; `--set` takes
every choice of the recipe, so that `--set augment.rotation=45 --grid sheet.png` shows what that would do.

With weights (`--set net=NET --set init=FILE`) it also names images that the network can hardly tell apart: the same
thing photographed again, which no comparison of pixels finds.

What takes training is done only when it is asked for: `--set check.labels=true` looks for wrong labels, by five
networks that each judge the images they did not learn from, and `--set check.curve=true` measures what more images
would bring. Both leave a page, tables and their runs in `--out`, and go on there after an interruption.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image
from rich.text import Text

from neocog.cli.choices import chosen_recipe
from neocog.cli.console import ACCENT, QUIET, console, pasted, print_json
from neocog.cli.progress import TrainingDisplay
from neocog.cli.studying import run_study, tell_study
from neocog.core import config
from neocog.core.errors import DataError, RecipeError, StorageError
from neocog.core.files import FORMAT, atomic_write, make_folder
from neocog.data import Dataset, Findings, inspect, of_pictures, refusal, target
from neocog.data.findings import Pair, extent, with_alike
from neocog.data.grid import grid as draw_grid
from neocog.data.table import SPLITS
from neocog.data.trees import printable
from neocog.model import weights_file
from neocog.studies import StudyOptions
from neocog.train import Recipe
from neocog.train.resolve import resolve
from neocog.transfer import alike

MOST_CLASSES = 24
MOST_EXAMPLES = 3

_BAR = 16
_NAME = 30
_RANGE = ("lowest", "median", "highest", "mean", "deviation")
_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


@dataclass(frozen=True)
class Problem:
    """One kind of fault: how many there are, and a few of them in words."""

    name: str
    count: int
    examples: Sequence[str]


def check(
    data: Annotated[str, typer.Argument(help="A folder, archive, table or array of labelled images, or `digits`.")],
    grid: Annotated[Path | None, typer.Option(help="Draw what the network will see into this picture.")] = None,
    out: Annotated[Path | None, typer.Option(help="The folder of what trains; default runs/check-DATA-DATE.")] = None,
    recipe: Annotated[str, typer.Option(help="A recipe.toml or a recipe's name, to train and to draw by.")] = "",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="check.labels=true, check.curve=true, or any choice of the recipe: key=value."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The findings as one JSON document on standard output.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print what to do, and nothing else.")] = False,
) -> None:
    """Look for unreadable files, duplicates, leaks between splits, shortcuts, imbalance and odd sizes."""
    changes = config.parse_changes(set_ or [])
    own = {key: value for key, value in changes.items() if key.split(".")[0] == "check"}
    options = config.override(StudyOptions(), own).check
    others = {key: value for key, value in changes.items() if key not in own}
    chosen = chosen_recipe(recipe, {"data.path": data} | others)
    if grid is not None and grid.suffix.lower() not in _FORMATS:
        raise StorageError(f"--grid must be a file that ends in {', '.join(_FORMATS)}, got {grid}; add .png")
    if out is not None and not (options.labels or options.curve):
        raise RecipeError("--out is for what trains; add --set check.labels=true or --set check.curve=true")
    with TrainingDisplay(quiet or as_json) as display:
        dataset = inspect(chosen.data, display.reading)
        obstacle, found = refusal(dataset), dataset.findings
        if grid is not None:
            _draw(dataset, chosen, grid)
        if chosen.init and obstacle is None:
            weights_file(chosen.init, chosen.net, display.fetching)
            found = with_alike(found, alike(chosen, dataset, display.reading))
    if dataset.task != "class" and (options.labels or options.curve):
        raise RecipeError(
            "check.labels and check.curve judge by the share of right classes, and the data have "
            f"{target(dataset.task).words}; leave them out"
        )
    if obstacle is not None and (options.labels or options.curve):
        raise DataError(obstacle)
    if not as_json:
        _tell(found, quiet)
    given = [f"--recipe {pasted(recipe)}"] if recipe else []
    given += [f"--set {pasted(choice)}" for choice in set_ or []]
    study = None
    if options.labels or options.curve:
        command = " ".join(["neocog check", _argument(data), *given, *([f"--out {pasted(str(out))}"] if out else [])])
        study = run_study(chosen, options, dataset, out, command, quiet or as_json)
    drawn = printable(str(grid)) if grid else None
    if as_json:
        document = {"format": FORMAT, **found.document(), "refusal": obstacle, "grid": drawn}
        print_json({**document, "study": study.document() if study else None})
    else:
        if drawn and not quiet:
            console().print(Text.assemble(("What the network will see: ", QUIET), drawn))
        if study is not None:
            tell_study(study, quiet)
        elif obstacle is None and not quiet:
            _tell_next(" ".join([_argument(data), *given]), found)
    if obstacle is not None:
        raise DataError(obstacle)


def _argument(data: str) -> str:
    """DATA as a shell takes it; a name that begins with a dash would be taken for an option."""
    return pasted(f"./{data}" if data.startswith("-") else data)


def _draw(dataset: Dataset, recipe: Recipe, path: Path) -> None:
    """Write the sheet of what the network of the recipe will see."""
    if not len(dataset.rows("train")):
        raise DataError(f"{dataset.table.name} has no training image to draw; see `neocog check` without --grid")
    resolved = resolve(recipe, dataset)
    sheet: Image.Image = draw_grid(
        dataset, of_pictures(resolved.preprocessing), resolved.recipe.augment, seed=recipe.seed
    )
    file = io.BytesIO()
    sheet.save(file, _FORMATS[path.suffix.lower()])
    make_folder(path.parent)
    atomic_write(path, file.getvalue())


def _tell(found: Findings, quiet: bool) -> None:
    """Print the counts, what is wrong, and what to do, within 80 columns."""
    out = console()
    if not quiet:
        out.print()
        out.print(Text(_headline(found), style="bold"), soft_wrap=False, width=min(out.width, 80))
        out.print()
        _tell_classes(found)
        problems = [problem for problem in _problems(found) if problem.count]
        for problem in problems:
            out.print(Text.assemble((f"{problem.name:<38}", "bold"), f"{problem.count:>8,}"))
            for example in problem.examples[:MOST_EXAMPLES]:
                out.print(Text(f"  {example}", style=QUIET))
            if problem.count > MOST_EXAMPLES:
                out.print(Text(f"  and {problem.count - MOST_EXAMPLES:,} more, listed by --json", style=QUIET))
        if not problems:
            out.print("No unreadable file, no duplicate, no leak, no shortcut, no odd size.")
        out.print()
        for note in found.notes:
            out.print(Text(note, style=QUIET), soft_wrap=False, width=min(out.width, 80))
        if found.notes:
            out.print()
    for index, line in enumerate(found.suggestions, 1):
        out.print(Text.assemble((f"{index}. ", ACCENT), line), soft_wrap=False, width=min(out.width, 80))
    if found.suggestions and not quiet:
        out.print()


def _tell_next(words: str, found: Findings) -> None:
    """Print what else could be asked of the data, and what to type next."""
    out = console()
    asked = "Asked for, it trains: --set check.labels=true looks for wrong labels, check.curve=true measures what more "
    if found.task == "class":
        out.print(Text(f"{asked}{found.noun}s would bring.", style=QUIET), soft_wrap=False, width=min(out.width, 80))
    out.print(Text.assemble(("Next: ", QUIET), f"neocog train {words}"))


def _headline(found: Findings) -> str:
    """The set in one sentence."""
    readable = found.images - found.unreadable_count
    classes = f"in {len(found.counts)} class" + ("es" if len(found.counts) != 1 else "")
    if found.task == "classes":
        classes = f"with {len(found.counts)} label" + ("s" if len(found.counts) != 1 else "")
    elif found.task == "number":
        classes = "with " + ("a number" if len(found.numbers) == 1 else f"{len(found.numbers)} numbers") + " each"
    elif found.task == "mask":
        classes = "with a mask each"
    if found.noun != "image":
        return f"{found.name}: {readable:,} readable {found.noun}s {classes}, {extent(found)}"
    color = "all gray" if readable and found.grey == readable else "in color"
    if 0 < found.grey < readable:
        color = f"{found.grey:,} of them gray"
    return f"{found.name}: {readable:,} readable images {classes}, {color}, {extent(found)}"


def _tell_classes(found: Findings) -> None:
    """The images of each class on each side, with a bar for the whole class."""
    out = console()
    if found.numbers:
        out.print(Text(f"{'number':<{_NAME}}" + "".join(f"{head:>12}" for head in _RANGE), style=QUIET))
        for name, seen in found.numbers.items():
            cells = "".join(f"{getattr(seen, part):>12.4g}" for part in _RANGE)
            out.print(Text(f"{name if len(name) <= _NAME else name[: _NAME - 1] + '…':<{_NAME}}{cells}"))
        out.print()
    totals = {label: sum(sides.values()) for label, sides in found.counts.items()}
    if not totals:
        return
    noun = "label" if found.task == "classes" else "class"
    shown = list(totals)
    if len(shown) > MOST_CLASSES:
        shown = sorted(shown, key=lambda label: totals[label])[:MOST_CLASSES]
    width = min(_NAME, max(5, *(len(label) for label in shown)))
    out.print(Text(f"{noun:<{width}}  " + "".join(f"{side:>8}" for side in SPLITS) + f"{'all':>9}", style=QUIET))
    largest = max(totals.values())
    for label in shown:
        cells = "".join(f"{found.counts[label][side]:>8,}" for side in SPLITS)
        name = label if len(label) <= width else label[: width - 1] + "…"
        bar = "█" * max(1, round(_BAR * totals[label] / largest))
        out.print(Text.assemble(f"{name:<{width}}  {cells}{totals[label]:>9,}  ", (bar, ACCENT)))
    if len(totals) > len(shown):
        out.print(
            Text(f"the {len(shown)} smallest of {len(totals)} {noun}{'es' if noun == 'class' else 's'}", style=QUIET)
        )
    sums = "".join(f"{found.sides[side]:>8,}" for side in SPLITS)
    out.print(Text(f"{'all':<{width}}  {sums}{sum(found.sides.values()):>9,}", style="bold"))
    out.print()


def _problems(found: Findings) -> list[Problem]:
    """Every kind of fault, the most harmful first."""

    def pairs(items: Sequence[Pair], words: Callable[[Pair], str]) -> list[str]:
        return [words(item) for item in items]

    thing = "picture" if found.noun == "image" else found.noun
    return [
        Problem(
            "unreadable, left out", found.unreadable_count, [f"{one.id}: {one.reason}" for one in found.unreadable]
        ),
        Problem(
            f"the same {thing} on two sides",
            found.leak_count,
            pairs(found.leaks, lambda one: f"{one.id} ({one.side}), {one.other_id} ({one.other_side}): {one.kind}"),
        ),
        Problem(
            f"the same {thing} with two labels",
            found.conflict_count,
            pairs(
                found.conflicts, lambda one: f"{one.id} ({one.label}), {one.other_id} ({one.other_label}): {one.kind}"
            ),
        ),
        Problem(
            "label told without the object by",
            len(found.told),
            [f"{each.name}: right on {each.accuracy:.0%}, by chance {each.chance:.0%}" for each in found.told],
        ),
        Problem(
            f"the same {thing} twice on one side",
            found.duplicate_count,
            pairs(found.duplicates, lambda one: f"{one.id}, {one.other_id}: {one.kind}"),
        ),
        Problem(
            "hardly to be told apart by a network",
            found.alike_count,
            pairs(found.alike or (), lambda one: f"{one.id} ({one.side}), {one.other_id} ({one.other_side})"),
        ),
        Problem("unusual length" if found.noun == "sentence" else "unusual size or shape", found.odd_count, found.odd),
    ]
