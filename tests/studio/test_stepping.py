"""One cell of a convolution or a pool, against torch's own and against sums by hand."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from neocog import zoo
from neocog.build import build
from neocog.core.run import RunFolder
from neocog.model import load
from neocog.studio.stepping import StepView, step_view

STRIDED = """Network((3, 15, 15), (
    Conv(6, 3, stride=2, pad=((1, 0), (2, 1)), groups=3, dilation=2, fit="floor"),
    AvgPool(2, stride=1), SumPool(2, fit="floor"), MaxPool(2, stride=1, pad=1), Flatten(), Dense(2)))"""


def inside(told: StepView) -> list[float]:
    """What a window sees, without the padding."""
    return [
        told.patch[down][across]
        for down, row in enumerate(told.reads_rows)
        for across, column in enumerate(told.reads_columns)
        if 0 <= row < told.input.rows and 0 <= column < told.input.columns
    ]


@pytest.mark.parametrize("layer", ["conv1", "pool1", "pool2", "pool3"])
def test_every_cell_is_what_its_parts_come_to(layer: str) -> None:
    first = step_view(STRIDED, None, layer, 0, 0, 0, 0, 0)
    places = product(range(first.channels), range(first.output.rows), range(first.output.columns))
    assert not first.trained
    for channel, row, column in list(places)[::3]:
        told = step_view(STRIDED, None, layer, channel, row, column, 0, 0)
        seen = np.array(told.patch)
        assert seen.shape == (len(told.reads_rows), len(told.reads_columns))
        made = told.output.values[row - told.output.row][column - told.output.column]
        assert made == pytest.approx(told.value, rel=1e-4)
        if told.kind == "convolution":
            assert sum(told.partial) + told.bias == pytest.approx(told.value, abs=1e-5)
            assert np.sum(seen * np.array(told.filter)) == pytest.approx(told.partial[0], abs=1e-4)
        elif told.kind == "max":
            assert max(inside(told)) == pytest.approx(told.value, abs=1e-5)
        else:
            assert told.partial[0] / (seen.size if told.kind == "mean" else 1) == pytest.approx(told.value, abs=1e-5)


def test_the_map_is_torch_s() -> None:
    network = zoo.network("lenet5")
    told = step_view(repr(network), None, "conv1", 2, 5, 7, 0, 3)
    state = build(network).state_dict()
    made = functional.conv2d(torch.tensor(told.input.values)[None, None], state["conv1.weight"], state["conv1.bias"])[
        0, 2
    ]
    assert torch.allclose(torch.tensor(told.output.values), made, atol=1e-4)


def test_a_run_steps_by_its_trained_weights_on_a_training_image(made: Path) -> None:
    run = RunFolder(made / "second")
    text = repr(load(run.path).network)
    told = step_view(text, run, "conv2", 1, 1, 0, 3, 5)
    assert told.trained
    assert told.filter is not None
    assert np.allclose(told.filter, load(run.path).weights["conv2.weight"][1, 3], atol=1e-5)
    assert (told.channels, told.sources, told.kind) == (6, 4, "convolution")
    assert told.image in {row.file for row in run.read_splits() if row.split == "train"}
    assert not step_view(text.replace("Conv(6, 3)", "Conv(5, 3)"), run, "conv2", 1, 1, 0, 3, 5).trained


def test_places_beyond_an_edge_are_brought_back(studio: Any) -> None:
    wanted = {"text": repr(zoo.network("lenet5")), "layer": "conv2", "row": 99, "column": -3}
    told = studio.post("/api/network/step", wanted | {"channel": 99, "source": 99}).told
    assert [told[name] for name in ("row", "column", "channel", "source")] == [9, 0, 15, 5]


def test_of_a_large_map_the_part_around_the_window_is_shown() -> None:
    told = step_view(repr(zoo.network("squeezenet1_1")), None, "conv1", 0, 100, 3, 0, 0)
    assert (told.input.rows, len(told.input.values)) == (224, 64)
    assert told.input.row <= told.reads_rows[0]
    assert told.reads_rows[-1] < told.input.row + 64
    assert told.output.row <= 100 < told.output.row + 64


@pytest.mark.parametrize(
    ("text", "layer", "wrong"),
    [
        ("Network((1, 8, 8), (Conv(2, 3), ReLU()))", "conv2", "no layer at 'conv2'"),
        ("Network((1, 8, 8), (Conv(2, 3), ReLU()))", "relu1", "`relu1` slides no window over a map"),
        ("Network((2, 8, 8), (Conv(2, 3),))", "conv1", "stepping needs a network for grey or color images"),
        ("Network((3, 999, 999), (Conv(512, 99, fit='floor'),))", "conv1", "this network is too costly to step"),
        ("Network(", "conv1", "line 1, column 8: this is no network"),
    ],
)
def test_what_cannot_be_stepped_through_is_told(studio: Any, text: str, layer: str, wrong: str) -> None:
    answer = studio.post("/api/network/step", {"text": text, "layer": layer})
    assert answer.status == 422
    assert answer.told["wrong"].startswith(wrong)


def test_a_run_without_training_images_says_so(studio: Any) -> None:
    splits = studio.runs / "second" / "splits.csv"
    splits.write_text(splits.read_text().replace(",train,", ",val,"))
    wanted = {"text": "Network((1, 8, 8), (Conv(2, 3),))", "layer": "conv1", "run": "second"}
    assert studio.post("/api/network/step", wanted).told["wrong"] == "the run second has no training image"
