"""`neocog show [NET]`: the layer table of a network, before any weight exists; alone, the catalogue of the zoo.

NET is a name of the zoo, a `.network` file, a model file or a run folder. Nothing here loads torch, so the verb answers
at once; of a model file only the header is read.

    neocog show resnet152                # blocks on one line each
    neocog show resnet152 --depth 3      # unfolded to three levels
    neocog show lenet5 --formulas        # every number with its sum
    neocog show unet --svg unet.svg      # a drawing, too
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from neocog import zoo
from neocog.cli.console import QUIET, print_json
from neocog.cli.tables import print_columns, print_line, print_notes, print_prose, window, wrapped
from neocog.core.columns import Column, counted, extents
from neocog.core.errors import ModelFileError, NetworkError, StorageError, TextError
from neocog.core.files import atomic_write
from neocog.core.header import read_description
from neocog.core.run import MODEL
from neocog.network import BATCH, OPTIMIZER, Memory, Network, Row, Table, fold, parse, read_network, table
from neocog.network import svg as drawing

FLOAT = 4
"""Bytes of a float32 number."""


def show(
    net: Annotated[
        str | None,
        typer.Argument(
            metavar="NET", help="A zoo name, a .network file, a model file or a run folder; alone: the zoo."
        ),
    ] = None,
    *,
    depth: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Fold what lies deeper; else a long table is folded to a screenful."),
    ] = None,
    formulas: Annotated[bool, typer.Option("--formulas", help="Tell where each number comes from.")] = False,
    batch: Annotated[
        int, typer.Option(metavar="N", min=1, max=1_000_000, help="How many samples the memory is for.")
    ] = BATCH,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Draw the network into this SVG file too.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """The layer table of a network: shapes, parameters, operations, memory, receptive field."""
    if svg is not None:
        _check_drawing(net, svg)
    if net is None:
        if depth is not None or formulas or batch != BATCH:
            raise NetworkError("--depth, --formulas and --batch are for one network, and none is named; name it before")
        catalogue = zoo.list()
        if json:
            print_json([asdict(each) for each in catalogue])
        else:
            _print_catalogue(catalogue)
        return
    network = find_network(net)
    result = table(network, batch=batch, formulas=formulas)
    if svg is not None:
        atomic_write(svg, drawing(network))
    if json:
        print_json(result.document())
        return
    _print_title(net, result)
    if formulas:
        _print_formulas(result.rows if depth is None else fold(result.rows, depth))
    else:
        _print_table(result, depth)
    print_line("")
    _print_totals(result)


def _check_drawing(net: str | None, file: Path) -> None:
    """Refuse a drawing that could not be written, before any work."""
    if net is None:
        raise NetworkError("--svg draws one network, and none is named; name it before, as in show lenet5 --svg FILE")
    if file.suffix.lower() != ".svg":
        raise StorageError(f"--svg must be a file that ends in .svg, got {file}; add .svg")
    if file.is_dir():
        raise StorageError(f"--svg must be a file, and {file} is a folder; give a name in it, such as network.svg")
    if not file.parent.is_dir():
        raise StorageError(f"--svg must be in a folder that exists, and {file.parent} does not; make it first")


def find_network(net: str) -> Network:
    """The network that a command line names: in the zoo, in a text, or in a model file or run folder."""
    path = Path(net)
    if zoo.known(net):
        return zoo.network(net)
    if not net.strip():
        raise NetworkError("there is no network without a name; give one of the zoo's, a file or a run folder")
    if path.is_dir():
        return _from_model(path / MODEL)
    if path.suffix == ".safetensors":
        return _from_model(path)
    if path.is_file() or path.suffix == ".network":
        return read_network(path)
    if net == "auto":
        raise NetworkError("auto is sized from the data, so it has no table of its own; train it and show the run")
    if len(path.parts) > 1:
        raise NetworkError(f"there is no network at {net}; give a zoo name, a .network file, a model file or a run")
    return zoo.network(net)


def _from_model(path: Path) -> Network:
    """The network that the header of a model file describes."""
    text = read_description(path).get("network")
    if not isinstance(text, str):
        raise ModelFileError(f"{path}: it describes no network; the file is damaged, copy it again or train it anew")
    try:
        return parse(text)
    except TextError as error:
        raise ModelFileError(f"{path} holds a network that cannot be read: {error}") from None


def _print_catalogue(catalogue: zoo.Catalogue) -> None:
    print_columns(catalogue.columns(), total=False, least=("input", "weights", "crops"))
    print_line("")
    print_prose(
        "top-5: percent wrong on ImageNet's validation images as published, of one network, over so many crops of "
        "each; weights: the license of those that `--init imagenet` fetches",
        QUIET,
    )
    print_prose("`neocog show NAME` lists its layers; `--net auto` sizes one from the data", QUIET)


def _print_title(net: str, result: Table) -> None:
    if zoo.known(net):
        entry = zoo.get(net)
        print_prose(f"{entry.name} ({entry.year}): {entry.summary}")
        print_prose(entry.paper, QUIET)
        if entry.caution:
            print_prose(entry.caution)
    else:
        print_line(result.name or net)
    print_line("")


def _print_table(result: Table, depth: int | None) -> None:
    rows, total = fold(result.rows, depth), result.total
    columns = [
        Column("layer", ["input", *(row.path for row in rows), "all"], number=False),
        Column("kind", ["", *(row.kind for row in rows), ""], number=False),
        Column("output", [extents(result.input), *(extents(row.output) for row in rows), ""]),
        Column("params", ["", *(f"{row.params:,}" if row.params else "" for row in rows), f"{total.params:,}"]),
        Column("MACs", ["", *(counted(row.macs) for row in rows), counted(total.macs)]),
        Column("ops", ["", *(counted(row.ops) for row in rows), counted(total.ops)]),
        Column(
            "memory",
            ["", *(counted(FLOAT * row.activations, "B") for row in rows), counted(FLOAT * total.activations, "B")],
        ),
        Column("field", ["", *(extents(row.receptive_field) for row in rows), ""]),
        Column("stride", ["", *(extents(row.stride) for row in rows), ""]),
    ]
    print_columns(columns, total=True, least=("ops", "kind", "stride", "memory", "field"))
    if len(rows) < len(result.rows):
        deeper = 1 + max(row.path.count(".") + 1 for row in rows)
        print_line("")
        print_prose(f"{len(result.rows)} layers, folded; `--depth {deeper}` unfolds them further", QUIET)


def _print_formulas(rows: Sequence[Row]) -> None:
    """A paragraph a layer: its shape, and each number that is computed with its sum."""
    for row in rows:
        print_line(f"{row.path}  {extents(row.output)}  {row.kind}", "bold")
        for title, formula, value in _told(row):
            head = f"  {title:<9} "
            for place, line in enumerate(wrapped(f"{formula} = {value}", window() - len(head))):
                print_line((head if not place else " " * len(head)) + line)


def _told(row: Row) -> list[tuple[str, str, str]]:
    """What of a row is computed: title, formula and number. Two axes with one formula are told once."""
    told = row.formulas
    if told is None:
        return []
    pairs = [
        *(("output", *pair) for pair in zip(told.output, row.output, strict=True)),
        ("params", told.params, row.params),
        ("MACs", told.macs, row.macs),
        ("ops", told.ops, row.ops),
        ("memory", f"{FLOAT}*{told.activations}", f"{FLOAT * row.activations:,} B"),
        *(("field", *pair) for pair in zip(told.receptive_field, row.receptive_field, strict=True)),
        *(("stride", *pair) for pair in zip(told.stride, row.stride, strict=True)),
    ]
    computed = [(title, formula, value) for title, formula, value in pairs if not formula.replace("/", "").isdecimal()]
    return [(title, formula, _number(value)) for title, formula, value in dict.fromkeys(computed)]


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _print_totals(result: Table) -> None:
    full, half = result.memory["float32"], result.memory["bf16"]
    each = f"{result.batch} samples" if result.batch > 1 else "one sample"
    print_notes(
        [
            ("parameters", f"{result.total.params:,}", f"{counted(full.weights, 'B')} in float32"),
            ("MACs", counted(result.total.macs), "multiplications of convolutions and dense layers"),
            ("operations", counted(result.total.ops), "and additions, biases, norms, pools and activations"),
            ("predicting", counted(full.predicting, "B"), f"{each}, float32; {counted(half.predicting, 'B')} in bf16"),
            ("training", counted(full.training, "B"), f"{each}, float32, {OPTIMIZER}: {_parts(full)}"),
            ("", counted(half.training, "B"), f"in bf16, the weights in float32: {_parts(half)}"),
        ]
    )
    print_line("")
    print_prose(
        "MACs, ops and memory (the outputs in float32) are of one sample; predicting, training: the most that is alive "
        "at once; field, stride: input pixels that an output sees, and that lie between two neighbors",
        QUIET,
    )


def _parts(memory: Memory) -> str:
    parts = {
        "weights": memory.weights,
        "gradients": memory.gradients,
        "optimizer": memory.optimizer,
        "kept for backward": memory.kept,
    }
    return ", ".join(f"{name} {counted(size, 'B') or '0 B'}" for name, size in parts.items())
