"""The table's document is what `show --json` promises, and its sums are the sums of its rows."""

import json
from dataclasses import asdict

import pytest

from neocog import zoo
from neocog.network import (
    Conv,
    Dense,
    DenseBlock,
    Flatten,
    MaxPool,
    Network,
    ReLU,
    Repeat,
    Residual,
    Upsample,
    fold,
    memory,
    table,
)


def test_document():
    network = Network((1, 6, 6), (Conv(2, 3), ReLU(), MaxPool(2), Flatten(), Dense(3)), name="tiny")
    document = json.loads(json.dumps(table(network).document()))
    assert document["layers"][2] == {
        "path": "pool1",
        "kind": "MaxPool",
        "output": [2, 2, 2],
        "params": 0,
        "macs": 0,
        "activations": 8,
        "receptive_field": [4, 4],
        "stride": [2, 2],
        "ops": 32,
    }
    assert list(document) == ["name", "input", "layers", "params", "macs", "activations", "ops", "memory"]
    assert document["memory"]["batch"] == 32
    assert document["memory"]["optimizer"] == "fused AdamW"
    assert document["memory"]["float32"] == asdict(memory(network, 32))
    assert document["memory"]["bf16"] == asdict(memory(network, 32, "bf16"))
    assert document["name"] == "tiny"
    assert document["input"] == [1, 6, 6]
    assert document["params"] == 2 * 10 + 3 * 9
    assert document["macs"] == 2 * 16 * 9 + 3 * 8


@pytest.mark.parametrize("name", zoo.names())
def test_sums(name):
    document = table(zoo.network(name)).document()
    for key in ("params", "macs", "activations", "ops"):
        assert document[key] == sum(layer[key] for layer in document["layers"]) > 0


def test_another_input():
    larger = table(zoo.network("resnet18"), (3, 256, 320))
    assert larger.input == (3, 256, 320)
    assert larger.rows[-3].output == (512, 8, 10)
    assert larger.total.params == 11_689_512


def test_formulas_only_where_they_are_asked_for():
    network = Network((3, 9, 9), (Conv(2, 3),))
    assert "formulas" not in table(network).document()["layers"][0]
    told = table(network, formulas=True).document()["layers"][0]["formulas"]
    assert json.loads(json.dumps(told))["params"] == "2*3*3*3 + 2"


def test_a_stride_below_one_is_a_decimal_in_json():
    network = Network((1, 8, 8), (Upsample(4),))
    assert table(network).document()["layers"][0]["stride"] == [0.25, 0.25]


def test_the_memory_follows_the_batch():
    small, large = (table(zoo.network("lenet5"), batch=batch) for batch in (1, 100))
    assert (small.batch, large.batch) == (1, 100)
    assert large.memory["float32"].kept == 100 * small.memory["float32"].kept


@pytest.mark.parametrize("name", zoo.names())
@pytest.mark.parametrize("depth", [None, 1, 2, 9])
def test_a_folded_table_keeps_the_sums_and_the_end(name, depth):
    rows = table(zoo.network(name)).rows
    folded = fold(rows, depth)
    for key in ("params", "macs", "activations", "ops"):
        assert sum(getattr(row, key) for row in folded) == sum(getattr(row, key) for row in rows)
    assert len({row.path for row in folded}) == len(folded)
    last = folded[-1]
    assert (last.output, last.receptive_field, last.stride) == (
        rows[-1].output, rows[-1].receptive_field, rows[-1].stride
    )  # fmt: skip


def test_folding():
    block = Residual(Conv(4, 3, pad=1))
    network = Network((4, 8, 8), (Conv(4, 1), Repeat(3, block), Residual(Conv(4, 1)), MaxPool(2), Flatten(), Dense(2)))
    rows = table(network).rows
    one = fold(rows, 1)
    assert [(row.path, row.kind) for row in one] == [
        ("conv1", "Conv"),
        ("block1…3", "3 x 3 layers"),
        ("block4", "3 layers"),
        ("pool1", "MaxPool"),
        ("flatten1", "Flatten"),
        ("dense1", "Dense"),
    ]
    assert one[1].params == 3 * (4 * 4 * 9 + 4)
    assert one[1].receptive_field == (7, 7)
    assert fold(rows) == rows, "a screenful is left whole"
    assert [row.path for row in fold(rows, 2)][1:4] == ["block1.body", "block1.add", "block1.activation"]


def test_growing_blocks_stay_apart():
    network = Network((4, 8, 8), (DenseBlock(3, Conv(4, 3, pad=1)), Repeat(2, Conv(4, 1))))
    folded = fold(table(network).rows, 2)
    assert [row.path for row in folded][:3] == ["block1.body1", "block1.concat1", "block1.body2"]
    assert [row.path for row in folded][-2:] == ["conv1", "conv2"], "single layers are not counted together"


@pytest.mark.parametrize("name", ["resnet152", "densenet121", "googlenet", "resnet110", "fcn8s", "unet"])
def test_a_deep_network_fits_on_a_screen(name):
    assert len(fold(table(zoo.network(name)).rows)) <= 40
