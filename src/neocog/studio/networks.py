"""A network's text, looked at while it is typed: its table with every formula, or the error at its line."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from neocog import zoo
from neocog.core.errors import NetworkError, ShapeError, TextError
from neocog.core.header import read_description
from neocog.core.run import MODEL, RunFolder
from neocog.network import Row as TableRow
from neocog.network import Written, parse_written, svg, table, walk
from neocog.studio.opened import Opened
from neocog.studio.runs import Answer, recipe

MOST_ROWS = 2000
"""The most layers of a table that is sent whole."""


class Trouble(Answer):
    """Why a text is no network, and where; the line is counted from 1 and is 0 where it is not known."""

    line: int
    column: int
    wrong: str
    mend: str


class Formulas(Answer):
    """Where the numbers of a layer come from."""

    output: list[str]
    params: str
    macs: str
    ops: str
    activations: str
    receptive_field: list[str]
    stride: list[str]


class LayerRow(Answer):
    """A layer of the table."""

    path: str
    kind: str
    line: int
    """Where it stands in the text; 0 where no text names it."""
    output: list[int]
    params: int
    macs: int
    ops: int
    activations: int
    receptive_field: list[int]
    stride: list[float]
    formulas: Formulas


class Totals(Answer):
    """The sums of a table, and the most memory in bytes that predicting one sample and training a batch take."""

    params: int
    macs: int
    ops: int
    activations: int
    batch: int
    predicting: int
    training: int


class NetworkView(Answer):
    """A network that works, or the reason why it does not."""

    name: str
    input: list[int]
    rows: list[LayerRow]
    totals: Totals | None
    trouble: Trouble | None


class NetworkText(Answer):
    """The text of a network, and what is known of it."""

    name: str
    text: str
    about: str


def view(text: str) -> NetworkView:
    """What a text comes to; an error in it is an answer too."""
    try:
        written = parse_written(text)
    except TextError as error:
        return _troubled(_text_trouble(str(error)))
    except NetworkError as error:
        return _troubled(_trouble(str(error), 0))
    try:
        return _view(written)
    except ShapeError as error:
        return _troubled(_trouble(str(error), written.line(error.layer) or 0))
    except NetworkError as error:
        return _troubled(_trouble(str(error), 0))


def drawing(text: str) -> str:
    """The drawing of a text's network as SVG; raises `NetworkError` where it is none."""
    return svg(parse_written(text).network)


def zoo_text(name: str) -> NetworkText:
    """The text of a network of the zoo; an unknown name raises `NetworkError` with the nearest."""
    entry = zoo.get(name)
    return NetworkText(name=entry.name, text=one_a_line(repr(entry.build())), about=f"{entry.summary}. {entry.paper}.")


def run_text(run: RunFolder) -> NetworkText:
    """The text of a run's network; raises `NetworkError` before `auto` has chosen it."""
    text = recipe(run).network
    if not text:
        raise NetworkError(f"the run {run.path.name} has no network yet; wait until it trains")
    return NetworkText(name=run.path.name, text=one_a_line(text), about=f"The network of the run {run.path.name}.")


def model_text(opened: Opened) -> NetworkText:
    """The text of the model file that was opened; raises `NetworkError` where none was."""
    if opened.model is None:
        raise NetworkError("no model file was opened; start neocog studio with one")
    text = str(read_description(opened.model).get("network", ""))
    name = opened.model.name if opened.model.name != MODEL else opened.model.parent.name
    return NetworkText(name=name, text=one_a_line(text), about=f"The network in the model file {opened.model}.")


def one_a_line(text: str) -> str:
    """A network's text as `repr` writes it, with each layer on a line of its own.

    >>> print(one_a_line("layers=(\\n    Conv(6, 5), Tanh(),\\n)"))
    layers=(
        Conv(6, 5),
        Tanh(),
    )
    """
    return "\n".join(part for line in text.splitlines() for part in _parts(line))


def _parts(line: str) -> Iterator[str]:
    """A line, cut after each comma that stands in no bracket."""
    blank = line[: len(line) - len(line.lstrip())]
    depth, begin = 0, len(blank)
    for place, letter in enumerate(line):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            yield blank + line[begin : place + 1].strip()
            begin = place + 1
    if line[begin:].strip() or begin == len(blank):
        yield blank + line[begin:].strip()


def _view(written: Written) -> NetworkView:
    network = written.network
    steps = walk(network)
    if len(steps) > MOST_ROWS:
        raise NetworkError(f"a table here has at most {MOST_ROWS:,} layers, got {len(steps):,}; see `neocog show`")
    found = table(network, formulas=True)
    memory = found.memory["float32"]
    return NetworkView(
        name=network.name or "",
        input=list(found.input),
        rows=[_row(row, written.line(step.layer) or 0) for row, step in zip(found.rows, steps, strict=True)],
        totals=Totals(
            params=found.total.params,
            macs=found.total.macs,
            ops=found.total.ops,
            activations=found.total.activations,
            batch=found.batch,
            predicting=memory.predicting,
            training=memory.training,
        ),
        trouble=None,
    )


def _row(row: TableRow, line: int) -> LayerRow:
    told: Any = row.formulas
    return LayerRow(
        path=row.path,
        kind=row.kind,
        line=line,
        output=list(row.output),
        params=row.params,
        macs=row.macs,
        ops=row.ops,
        activations=row.activations,
        receptive_field=list(row.receptive_field),
        stride=[float(each) if isinstance(each, Fraction) else each for each in row.stride],
        formulas=Formulas(
            output=list(told.output),
            params=told.params,
            macs=told.macs,
            ops=told.ops,
            activations=told.activations,
            receptive_field=list(told.receptive_field),
            stride=list(told.stride),
        ),
    )


def _troubled(trouble: Trouble) -> NetworkView:
    return NetworkView(name="", input=[], rows=[], totals=None, trouble=trouble)


def _text_trouble(message: str) -> Trouble:
    """An error that begins with `line L, column C: `."""
    place, _, reason = message.partition(": ")
    line, column = (int(part.split()[-1]) for part in place.split(", "))
    return _trouble(reason, line, column)


def _trouble(message: str, line: int, column: int = 0) -> Trouble:
    wrong, _, mend = message.partition("; ")
    return Trouble(line=line, column=column, wrong=wrong, mend=mend)
