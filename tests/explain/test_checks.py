"""The checks find what is planted: an edge detector, a random map, a blank one, and the map that is right."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage, stats
from torch import Tensor, nn

from neocog import explain
from neocog.core.errors import NetworkError
from neocog.explain import METHODS, Target
from neocog.explain.likeness import edges
from neocog.explain.ordering import CELLS, ORDERS, STEPS, random_cells
from neocog.explain.randomization import randomized


class Corner(nn.Module):
    """A network that asks of an image only how bright its upper left corner is, by a learned filter."""

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Linear(16 * 16, 2)
        with torch.no_grad():
            self.look.weight.zero_()
            self.look.bias.zero_()
            self.look.weight.view(2, 16, 16)[1, :6, :6] = 0.3

    def forward(self, x: Tensor) -> Tensor:
        return self.look(x.flatten(1))


@pytest.fixture
def images() -> Tensor:
    """Squares and noise, with something in the corner."""
    found = torch.rand(4, 1, 16, 16, generator=torch.Generator().manual_seed(2)) * 0.2
    found[:, :, 7:13, 5:14] += 1
    found[:, :, :6, :6] += 0.7
    return found


def planted(heat: object) -> explain.Method:
    return replace(METHODS["occlusion"], attribute=heat)


def test_the_right_map_passes(images: Tensor) -> None:
    found = explain.check(METHODS["gradient_input"], Corner(), images, 1)
    assert found.verdict == "passes"
    assert found.passes
    assert found.curve.inserted > max(each.inserted for each in found.random)
    assert found.curve.deleted < min(each.deleted for each in found.random)
    told = found.to_dict()
    assert told["passes"] and told["randomization"]["mean"] == pytest.approx(
        np.mean(told["randomization"]["similarity"])
    )
    assert (len(told["deletion_curve"]), len(told["random"])) == (STEPS + 1, ORDERS)


def test_several_images_give_an_interval_and_one_gives_none(images: Tensor) -> None:
    found = explain.check(METHODS["gradient_input"], Corner(), images, 1)
    interval = found.randomization.interval
    of_each = found.randomization.images
    assert interval == pytest.approx(
        stats.t.interval(0.95, len(of_each) - 1, np.mean(of_each), stats.sem(of_each)), abs=1e-9
    )
    assert np.mean(of_each) == pytest.approx(found.randomization.mean)
    assert found.to_dict()["randomization"]["interval"] == list(interval or ())
    one = explain.check(METHODS["gradient_input"], Corner(), images[:1], 1)
    assert one.randomization.interval is None
    assert not one.close


@pytest.mark.parametrize(
    ("alike", "close"),
    [((0.1, 0.2, 0.15), False), ((0.4, 0.5, 0.55), True), ((0.52, 0.4, 0.7), True), ((0.9, 0.91, 0.92), False)],
)
def test_a_verdict_whose_interval_holds_the_limit_is_close(
    alike: tuple[float, ...], close: bool, images: Tensor
) -> None:
    found = explain.check(METHODS["gradient_input"], Corner(), images, 1)
    told = replace(found, randomization=explain.Randomization(("look",), (float(np.mean(alike)),), alike))
    assert told.close is close
    assert told.to_dict()["close"] is close
    assert not replace(told, blank=True).close, "a blank map is blank, whatever the images"


def test_an_edge_detector_is_found_out(images: Tensor) -> None:
    found = explain.check(planted(lambda module, given, target: edges(given).unsqueeze(1)), Corner(), images, 1)
    assert found.randomization.similarity == (1.0,) * len(found.randomization.similarity)
    assert found.verdict == "looks like an edge detector"


def test_a_map_of_the_image_is_found_out(images: Tensor) -> None:
    found = explain.check(planted(lambda module, given, target: -given), Corner(), images, 1)
    assert found.verdict == "shows the image, not what was learned"


def test_a_random_map_is_found_out(images: Tensor) -> None:
    def noise(module: nn.Module, given: Tensor, target: object) -> Tensor:
        seed = int(module.look.weight.abs().sum() * 1000)
        return torch.rand(given.shape, generator=torch.Generator().manual_seed(seed))

    assert explain.check(planted(noise), Corner(), images, 1).verdict == "no better than a random order"


def test_a_blank_map_is_found_out(images: Tensor) -> None:
    found = explain.check(planted(lambda module, given, target: torch.zeros_like(given)), Corner(), images, 1)
    assert found.verdict == "shows nothing"


def test_several_labels_and_units(images: Tensor) -> None:
    """The score of one of several labels is a sigmoid; of a unit of a layer its share of the whole image's."""
    network = Corner()
    order = explain.cells(explain.saliency(network, images, 1).sum(1))
    whole = torch.sigmoid(network(images)[:, 1]).mean().item()
    assert explain.curve(network, images, 1, order, several=True).deletion[0] == pytest.approx(whole, abs=1e-6)
    assert explain.curve(network, images, 1, order).insertion[-1] == pytest.approx(
        torch.softmax(network(images), 1)[:, 1].mean().item(), abs=1e-6
    )
    unit = explain.curve(network, images, Target(1, tap="look"), order)
    assert (unit.deletion[0], unit.insertion[-1]) == pytest.approx((1, 1))
    assert unit.deletion[-1] == pytest.approx(0)


def test_deletion_by_hand() -> None:
    """Four cells of a linear unit: what is left after each step is the sum of the weights that are left."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 1, bias=False))
    network[1].weight.data = torch.tensor([[4.0, 3.0, 2.0, 1.0]])
    image = torch.ones(1, 1, 2, 2)
    order = explain.cells(torch.tensor([[[4.0, 3.0], [2.0, 1.0]]]))
    assert order.tolist() == [[0, 1, 2, 3]]
    found = explain.curve(network, image, Target(0, tap="1"), order)
    left = [(10 - sum([4, 3, 2, 1][: round(4 * step / STEPS)])) / 10 for step in range(STEPS + 1)]
    assert found.deletion == pytest.approx(left)
    assert found.deleted == pytest.approx(np.trapezoid(left, dx=1 / STEPS))
    assert found.insertion == pytest.approx((1,) * (STEPS + 1)), "what is blurred from ones is ones"


def test_random_orders_hold_every_cell_once() -> None:
    order = random_cells(torch.zeros(3, 1, 40, 9), 5)
    assert order.sort(dim=1).values.tolist() == [list(range(CELLS * 9))] * 3
    assert not order[0].equal(order[1])
    assert order.equal(random_cells(torch.zeros(3, 1, 40, 9), 5))


@given(st.lists(st.integers(-5, 5), min_size=6, max_size=6), st.lists(st.integers(-5, 5), min_size=6, max_size=6))
def test_rank_correlation_is_scipys(one: list[int], other: list[int]) -> None:
    found = explain.rank_correlation(torch.tensor([one]).view(1, 2, 3), torch.tensor([other]).view(1, 2, 3)).item()
    if len(set(one)) == 1 or len(set(other)) == 1:
        assert found == 0
    else:
        assert found == pytest.approx(stats.spearmanr(one, other).statistic)


def test_edges_are_scipys() -> None:
    gray = np.random.default_rng(0).random((9, 7))
    expected = np.hypot(ndimage.sobel(gray, 0, mode="nearest"), ndimage.sobel(gray, 1, mode="nearest"))
    assert np.allclose(edges(torch.from_numpy(gray)[None, None])[0].numpy(), expected)


def test_weights_drawn_anew(network: nn.Module) -> None:
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    network[1].running_mean.fill_(3.0)
    other = randomized(network, ["1", "7"])
    assert other[0].weight.equal(before["0.weight"])
    assert other[7].weight.std().item() == pytest.approx((2 / 72) ** 0.5, rel=0.15)
    assert other[7].bias.abs().sum() == 0
    assert (other[1].weight.tolist(), other[1].running_mean.tolist()) == ([1.0] * 8, [0.0] * 8)
    assert network[7].weight.equal(before["7.weight"])
    assert network[1].running_mean.tolist() == [3.0] * 8
    assert randomized(network, ["7"])[7].weight.equal(other[7].weight), "whatever else is drawn"
    assert not randomized(network, ["7"], seed=1)[7].weight.equal(other[7].weight)


def test_the_cascade_and_one_layer_at_a_time(network: nn.Module) -> None:
    pictures = torch.randn(2, 3, 12, 10)
    cascade = explain.randomization(METHODS["saliency"], network, pictures, 0, stages=None)
    assert cascade.layers == ("7", "4", "1", "0")
    single = explain.randomization(METHODS["saliency"], network, pictures, 0, stages=None, cascading=False)
    assert single.similarity[0] == cascade.similarity[0]
    assert single.similarity[1:] != cascade.similarity[1:]
    assert explain.randomization(METHODS["saliency"], network, pictures, 0, stages=2).layers == ("7", "0")
    with pytest.raises(NetworkError, match="the network has no weights to randomize"):
        explain.randomization(METHODS["saliency"], nn.Flatten(), pictures, 0)


def test_what_cannot_be_applied_is_answered_by_its_problem() -> None:
    network, images = nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), torch.rand(1, 1, 8, 8)
    found = {one.method.name: one for one in explain.explain(network, images, METHODS.values(), 1)}
    assert list(found) == list(METHODS)
    assert {name for name, one in found.items() if one.problem} == {"guided", "deconvolution", "grad_cam", "layer_cam"}
    assert "no convolution" in found["grad_cam"].problem
    assert len({one.check.random for one in found.values() if one.check}) == 1, "random orders are computed once"
