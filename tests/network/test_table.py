"""The table's document is what `show --json` promises, and its sums are the sums of its rows."""

import json

import pytest

from neocog import zoo
from neocog.network import Conv, Dense, Flatten, MaxPool, Network, ReLU, table


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
    }
    assert list(document) == ["name", "input", "layers", "params", "macs", "activations"]
    assert document["name"] == "tiny"
    assert document["input"] == [1, 6, 6]
    assert document["params"] == 2 * 10 + 3 * 9
    assert document["macs"] == 2 * 16 * 9 + 3 * 8


@pytest.mark.parametrize("name", zoo.names())
def test_sums(name):
    document = table(zoo.network(name)).document()
    for key in ("params", "macs", "activations"):
        assert document[key] == sum(layer[key] for layer in document["layers"]) > 0


def test_another_input():
    larger = table(zoo.network("resnet18"), (3, 256, 320))
    assert larger.input == (3, 256, 320)
    assert larger.rows[-3].output == (512, 8, 10)
    assert larger.total.params == 11_689_512
