"""A network's text while it is typed: its table, or its error at its line, over real requests."""

from math import prod
from typing import Any

import pytest

from neocog import zoo
from neocog.network import parse, table
from neocog.studio import Opened
from neocog.studio.networks import model_text, one_a_line

SMALL = "Network((1, 8, 8), (Conv(4, 3, pad=1), ReLU(), MaxPool(2), Conv(6, 3), ReLU(), Flatten(), Dense(10)))"
"""The network of the second run."""


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "googlenet", "unet", "densenet121"])
def test_the_table_is_the_network_s(studio: Any, name: str) -> None:
    told = studio.get(f"/api/networks/{name}").told
    assert parse(told["text"]) == zoo.network(name)
    found = studio.post("/api/network", {"text": told["text"]}).told
    own = table(zoo.network(name))
    assert found["trouble"] is None
    assert [row["path"] for row in found["rows"]] == [row.path for row in own.rows]
    assert found["totals"]["params"] == own.total.params
    lines = told["text"].splitlines()
    for row in found["rows"]:
        if row["line"]:
            assert f"{row['kind']}(" in lines[row["line"] - 1]
        else:
            assert row["params"] == 0, "only what no text names has no line"


def test_formulas_come_to_their_numbers(studio: Any) -> None:
    found = studio.post("/api/network", {"text": repr(zoo.network("lenet5"))}).told
    for row in found["rows"]:
        products = [map(int, each.split("*")) for each in row["formulas"]["params"].split(" + ")]
        assert sum(map(prod, products)) == row["params"]


@pytest.mark.parametrize(
    ("text", "line", "wrong"),
    [
        ("Network(\n  (1, 8, 8),\n  (\n    Conv(2, 3),\n    Conv(2, 9),\n  ),\n)", 5, "layer `conv2`: a 6x6 map"),
        ("Network(\n  (1, 8, 8),\n  (\n    Conv(2, 3),\n    Cnv(2, 3),\n  ),\n)", 5, "unknown layer 'Cnv'"),
        ("Network(\n  (1, 8, 8),\n  (\n    Conv(2, 0),\n  ),\n)", 4, ""),
        ("Network(", 1, "this is no network"),
        ("__import__('os')", 1, ""),
    ],
)
def test_an_error_is_an_answer_at_its_line(studio: Any, text: str, line: int, wrong: str) -> None:
    answer = studio.post("/api/network", {"text": text})
    assert answer.status == 200
    assert answer.told["trouble"]["line"] == line
    assert answer.told["trouble"]["wrong"].startswith(wrong)
    assert answer.told["rows"] == []
    assert studio.post("/api/network/drawing", {"text": text}).status == 422


def test_a_drawing_is_an_svg(studio: Any) -> None:
    answer = studio.post("/api/network/drawing", {"text": repr(zoo.network("lenet5"))})
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.body.startswith(b"<svg")


def test_a_run_s_network_is_the_one_that_it_trained(studio: Any) -> None:
    found = studio.get("/api/runs/second/network").told
    assert parse(found["text"]).layers == parse(SMALL).layers
    recipe = studio.runs / "first" / "recipe.toml"
    recipe.write_text("format = 1\nnet = 'auto'\n")
    assert studio.get("/api/runs/first/network").told["wrong"] == "the run first has no network yet"
    assert studio.get("/api/model").told["wrong"] == "no model file was opened"
    assert "did you mean 'lenet5'" in studio.get("/api/networks/lenet6").told["mend"]


def test_a_model_file_shows_its_network(made: Any) -> None:
    opened = Opened(made, model=made / "second" / "model.safetensors")
    assert parse(model_text(opened).text).layers == parse(SMALL).layers


@pytest.mark.parametrize("name", zoo.names())
def test_a_layer_a_line_is_the_same_network(name: str) -> None:
    network = zoo.network(name)
    assert parse(one_a_line(repr(network))) == network


def test_a_table_has_an_end(studio: Any) -> None:
    text = "Network((1, 8, 8), (Repeat(2001, ReLU()),))"
    told = studio.post("/api/network", {"text": text}).told["trouble"]
    assert told["wrong"] == "a table here has at most 2,000 layers, got 2,001"
