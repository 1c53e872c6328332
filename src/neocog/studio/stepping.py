"""One output cell of a convolution or a pool on a real image: the patch, the filter, the products and their sum.

The numbers are the module's own. With a run they are those of its trained weights and of one of its training images
(no test image: nothing is computed on the sealed set); without one the weights are drawn and the image is a digit.
"""

from functools import lru_cache
from typing import Literal, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neocog.build import build, tapped
from neocog.core.errors import NetworkError
from neocog.core.run import MODEL, RunFolder
from neocog.data import Pixels, Preprocessing, decode, find, normalize, prepare
from neocog.model import Model, load
from neocog.network import INPUT, AvgPool, Conv, MaxPool, Network, Step, SumPool, cost, parse, walk
from neocog.studio.opened import DIGITS
from neocog.studio.pictures import training_pixels
from neocog.studio.runs import Answer
from neocog.studio.stamps import Stamped

MOST_SIDE = 64
"""The longest side of a map that is shown whole; of a longer one the part around the window."""
MOST_MACS = 20_000_000_000
"""The costliest network that is run for this."""

_MODELS: Stamped[Model] = Stamped(most=4)

Grid = list[list[float]]
Stepped = Conv | MaxPool | AvgPool | SumPool


class Map(Answer):
    """A feature map, or the part of it that begins at `row` and `column`; `low` and `high` are of the whole."""

    values: Grid
    row: int
    column: int
    rows: int
    columns: int
    low: float
    high: float


class StepView(Answer):
    """How one output cell comes to be."""

    layer: str
    kind: Literal["convolution", "max", "mean", "sum"]
    trained: bool
    """Whether the weights are those of a run."""
    image: str
    """The image's name."""
    channels: int
    """The channels of the output."""
    sources: int
    """The input channels that the cell is made of."""
    channel: int
    row: int
    column: int
    source: int
    """The input channel that is shown."""
    reads_rows: list[int]
    """The input rows under the window; those outside the map are padding."""
    reads_columns: list[int]
    input: Map
    output: Map
    patch: Grid
    """What the window sees of the shown channel."""
    filter: Grid | None
    """The weights that it is multiplied with; None for a pool."""
    partial: list[float]
    """The sum over the window of each input channel's products."""
    bias: float
    value: float
    """The cell, as the network computes it."""


def step_view(
    text: str, run: RunFolder | None, layer: str, channel: int, row: int, column: int, source: int, image: int
) -> StepView:
    """One output cell; places beyond an edge are brought back to it.

    Raises `NetworkError` for a text that is no network on images, for a layer that is not there or does not slide a
    window over a map, and `DataError` where there is no image to show.
    """
    network = parse(text)
    steps = walk(network)
    step = next((each for each in steps if each.path == layer), None)
    if step is None:
        raise NetworkError(f"no layer at {layer!r}; choose one of the table")
    if not isinstance(step.layer, Stepped) or len(step.windows) != 2:
        raise NetworkError(f"`{layer}` slides no window over a map; choose a convolution or a pool")
    if len(network.shape) != 3 or network.shape[0] not in (1, 3):
        raise NetworkError(
            "stepping needs a network for grey or color images; choose one whose input has 1 or 3 channels"
        )
    module, preprocessing, trained = _module(network, text, run)
    name, pixels = _image(run, image)
    batch = normalize(torch.from_numpy(prepare(pixels, preprocessing)[None]), preprocessing)
    given, made = _maps(module, steps, step, batch)
    return _view(step, module, trained, name, given, made, channel, row, column, source)


def _view(
    step: Step,
    module: nn.Module,
    trained: bool,
    name: str,
    given: NDArray[np.float32],
    made: NDArray[np.float32],
    channel: int,
    row: int,
    column: int,
    source: int,
) -> StepView:
    """The cell, from what the layer gets (C H W) and gives (K H W)."""
    channel, row, column = (
        min(max(0, at), side - 1) for at, side in zip((channel, row, column), made.shape, strict=True)
    )
    weights, bias, first, sources = _weights(step, module, channel, len(given))
    source = min(max(0, source), sources - 1)
    rows, columns = (list(window.reads(at)) for window, at in zip(step.windows, (row, column), strict=True))
    patches = _patches(
        given[first : first + sources], rows, columns, -np.inf if isinstance(step.layer, MaxPool) else 0.0
    )
    products = patches if weights is None else patches * weights
    return StepView(
        layer=step.path,
        kind=_kind(step),
        trained=trained,
        image=name,
        channels=len(made),
        sources=sources,
        channel=channel,
        row=row,
        column=column,
        source=source,
        reads_rows=rows,
        reads_columns=columns,
        input=_map(given[first + source], rows[0], columns[0]),
        output=_map(made[channel], row, column),
        patch=_grid(np.where(np.isfinite(patches[source]), patches[source], 0.0)),
        filter=None if weights is None else _grid(weights[source]),
        partial=[float(each) for each in np.where(np.isfinite(products), products, 0.0).sum(axis=(1, 2))],
        bias=bias,
        value=float(made[channel, row, column]),
    )


@lru_cache(maxsize=4)
def _built(text: str) -> nn.Module:
    network = parse(text)
    if cost(network).macs > MOST_MACS:
        raise NetworkError("this network is too costly to step through here; choose a smaller input")
    return build(network).eval()


def _module(network: Network, text: str, run: RunFolder | None) -> tuple[nn.Module, Preprocessing, bool]:
    """The run's model where it is this very network, else one with weights that are drawn."""
    if run is not None and run.has(MODEL):
        model = _MODELS.get(run.path, [MODEL], lambda: load(run.path))
        if model.network == network:
            return model.module().eval(), model.pictured, True
    channels, height, width = network.shape
    return _built(text), Preprocessing(size=(height, width), channels=3 if channels == 3 else 1, mean=(0.5,)), False


def _image(run: RunFolder | None, index: int) -> tuple[str, Pixels]:
    """A training image of the run, else a digit."""
    if run is not None:
        return training_pixels(run, index)
    table = find(DIGITS)
    row = index % len(table)
    return table.ids[row], decode(table.source.read(row)).pixels


@torch.no_grad()
def _maps(
    module: nn.Module, steps: tuple[Step, ...], step: Step, batch: Tensor
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What a layer gets and what it gives, each C H W."""
    (before,) = step.inputs
    paths = [step.path] if before == INPUT else [steps[before].path, step.path]
    found = tapped(module, paths)(batch)
    got = batch if before == INPUT else found[paths[0]]
    return cast("NDArray[np.float32]", got[0].numpy()), cast("NDArray[np.float32]", found[step.path][0].numpy())


def _weights(
    step: Step, module: nn.Module, channel: int, channels: int
) -> tuple[NDArray[np.float32] | None, float, int, int]:
    """The filter of an output channel (C H W) and its bias, the first input channel that it reads, and how many."""
    if not isinstance(step.layer, Conv):
        return None, 0.0, channel, 1
    tensors = dict(module.named_parameters())
    path = step.shares or step.path
    weight = tensors[f"{path}.weight"].detach()
    bias = tensors.get(f"{path}.bias")
    sources = weight.shape[1]
    first = channel // (len(weight) // (channels // sources)) * sources
    return weight[channel].numpy(), 0.0 if bias is None else float(bias.detach()[channel]), first, sources


def _patches(maps: NDArray[np.float32], rows: list[int], columns: list[int], pad: float) -> NDArray[np.float32]:
    """What a window sees of some maps (C H W), with `pad` outside them."""
    inside = np.ix_(
        range(len(maps)),
        [min(max(0, at), maps.shape[1] - 1) for at in rows],
        [min(max(0, at), maps.shape[2] - 1) for at in columns],
    )
    seen = np.outer([0 <= at < maps.shape[1] for at in rows], [0 <= at < maps.shape[2] for at in columns])
    return np.where(seen, maps[inside], np.float32(pad))


def _kind(step: Step) -> Literal["convolution", "max", "mean", "sum"]:
    if isinstance(step.layer, Conv):
        return "convolution"
    return "max" if isinstance(step.layer, MaxPool) else "mean" if isinstance(step.layer, AvgPool) else "sum"


def _map(values: NDArray[np.float32], row: int, column: int) -> Map:
    """A map, cut around a place where it is large."""
    rows, columns = values.shape
    top, left = (
        min(max(0, at - MOST_SIDE // 2), max(0, side - MOST_SIDE)) for at, side in ((row, rows), (column, columns))
    )
    return Map(
        values=_grid(values[top : top + MOST_SIDE, left : left + MOST_SIDE]),
        row=top,
        column=left,
        rows=rows,
        columns=columns,
        low=float(values.min()),
        high=float(values.max()),
    )


def _grid(values: NDArray[np.float32]) -> Grid:
    return [[float(f"{each:.6g}") for each in line] for line in values.tolist()]
