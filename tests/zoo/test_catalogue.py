"""The catalogue: a line a network, with the figures of its entry and its cost, whole at 80 columns."""

import pytest

from neocog import zoo
from neocog.network import cost

CATALOGUE = zoo.list()
BY_NAME = {each.name: each for each in CATALOGUE}


def test_it_lists_every_network_once_the_oldest_first():
    assert [each.name for each in CATALOGUE] == list(zoo.names())
    assert len(CATALOGUE) >= 50
    years = [each.year for each in CATALOGUE]
    assert years == sorted(years)
    assert not set(BY_NAME) & {alias for name in zoo.names() for alias in zoo.get(name).aliases}


def test_depths_stand_in_their_own_order():
    names = list(zoo.names())
    assert [name for name in names if name in ("resnet18", "resnet34", "resnet101", "resnet152")] == [
        "resnet18", "resnet34", "resnet101", "resnet152"
    ]  # fmt: skip


@pytest.mark.parametrize("each", CATALOGUE, ids=lambda each: each.name)
def test_a_line_is_the_entry_and_the_cost(each):
    entry, total = zoo.get(each.name), cost(zoo.network(each.name))
    assert (each.year, each.summary, each.paper) == (entry.year, entry.summary, entry.paper)
    assert (each.input, each.params, each.macs) == (zoo.network(each.name).shape, total.params, total.macs)
    assert bool(each.weights) == bool(each.license) == (entry.weights is not None)
    assert (each.top5_error is None) == (not each.top5_crops)


@pytest.mark.parametrize(
    ("name", "error", "crops"),
    [
        ("alexnet", 18.2, "10"),  # the ensemble's 15.3 is another thing
        ("googlenet", 10.07, "1"),  # one crop before 144
        ("vgg16", 7.2, "both"),  # dense and multi-crop
        ("vgg11", 10.4, "dense"),
        ("resnet152", 5.71, "10"),
        ("densenet121", 7.71, "1"),
        ("squeezenet1_0", 19.7, "1"),  # published as an accuracy of 80.3
        ("resnet20", None, ""),  # of another data set
        ("lenet5", None, ""),
    ],
)
def test_the_published_error_is_that_of_one_network(name, error, crops):
    assert (BY_NAME[name].top5_error, BY_NAME[name].top5_crops) == (error, crops)


def test_it_prints_as_a_table_within_80_columns():
    lines = repr(CATALOGUE).splitlines()
    assert len(lines) == 1 + len(CATALOGUE)
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["network", "year", "input", "params", "MACs", "top-5", "crops", "weights"]
    row = next(line for line in lines if line.startswith("resnet34 "))
    assert row.split() == ["resnet34", "2015", "3x224x224", "21.8", "M", "3.66", "G", "7.46", "10", "BSD-3"]
