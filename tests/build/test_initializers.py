"""The initializers against their formulas, and against torch's own `nn.init` for the deviations."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from neocog.build import build
from neocog.build.initializers import INITIALIZERS, Fans, check_rules, choose, fans, fans_of, fill
from neocog.build.modules import TableConv, WordVectors
from neocog.core.errors import RecipeError
from neocog.network import Conv, ConvTranspose, Embedding, Network, Tokens

SHAPE = (64, 32, 5, 5)


def drawn(initializer: str, shape: tuple[int, ...] = SHAPE, seed: int = 0, key: str = "conv1.weight") -> torch.Tensor:
    tensor = torch.full(shape, math.nan)
    fill(tensor, initializer, fans(shape), seed, key)
    return tensor


def torch_deviation(initializer: str) -> float:
    """The deviation that torch's initializer of that family has for the same weight."""
    tensor = torch.empty(SHAPE)
    if initializer.startswith("he"):
        nn.init.kaiming_normal_(tensor)
    elif initializer.startswith("lecun"):
        nn.init.kaiming_normal_(tensor, nonlinearity="linear")
    else:
        nn.init.xavier_normal_(tensor)
    return float(tensor.std())


@pytest.mark.parametrize("family", ["lecun", "glorot", "he"])
@pytest.mark.parametrize("form", ["normal", "uniform"])
def test_scaled_forms_have_the_deviation_of_torchs(family: str, form: str) -> None:
    tensor = drawn(f"{family}_{form}")
    # 51,200 values: the deviation's own deviation is below 0.4 %.
    assert float(tensor.std()) == pytest.approx(torch_deviation(family), rel=0.02)
    assert abs(float(tensor.mean())) < 0.02 * float(tensor.std())
    edge = float(tensor.abs().max() / tensor.std())
    assert edge < 1.75 if form == "uniform" else edge > 3.5


def test_plain_forms() -> None:
    assert torch.equal(drawn("zeros"), torch.zeros(SHAPE))
    assert torch.equal(drawn("ones"), torch.ones(SHAPE))
    assert torch.equal(drawn("constant(-2.5)"), torch.full(SHAPE, -2.5))
    assert float(drawn("normal(0.5, 3)").mean()) == pytest.approx(3, abs=0.02)
    assert float(drawn("normal(0.5, 3)").std()) == pytest.approx(0.5, rel=0.02)
    uniform = drawn("uniform(-1, 3)")
    assert -1 <= float(uniform.min()) < -0.99
    assert 2.99 < float(uniform.max()) <= 3


@pytest.mark.parametrize("groups", [1, 2, 8])
def test_fans_count_what_a_unit_reads_and_what_reads_it(groups: int) -> None:
    """The oracle: of a stride-1 convolution's interior, gradients count readers and read."""
    conv = nn.Conv2d(8, 16, 3, padding=1, groups=groups, bias=False)
    nn.init.ones_(conv.weight)
    image = torch.ones(1, 8, 5, 5, requires_grad=True)
    output = conv(image)
    read = output[0, 0, 2, 2].item()
    output.sum().backward()
    assert image.grad is not None
    readers = image.grad[0, 0, 2, 2].item()
    assert (read, readers) == (fans(conv.weight.shape, groups).inward, fans(conv.weight.shape, groups).outward)


@given(
    st.sampled_from([name for name in INITIALIZERS if name not in {"constant", "bilinear", "identity"}]),
    st.integers(0, 2**31),
    st.text(),
)
def test_a_draw_is_a_function_of_seed_and_key(initializer: str, seed: int, key: str) -> None:
    torch.manual_seed(seed % 7)
    first = drawn(initializer, (3, 4), seed, key)
    assert torch.equal(first, drawn(initializer, (3, 4), seed, key))
    if initializer not in {"zeros", "ones"}:
        assert not torch.equal(first, drawn(initializer, (3, 4), seed + 1, key))
        assert not torch.equal(first, drawn(initializer, (3, 4), seed, key + "x"))


def test_a_draw_leaves_torchs_own_generator_alone() -> None:
    before = torch.get_rng_state()
    drawn("he_normal")
    assert torch.equal(torch.get_rng_state(), before)


def test_the_first_matching_rule_wins() -> None:
    rules = [(r"dense\d\.weight", "normal(0.01)"), (r".*\.weight", "ones")]
    assert choose("dense1.weight", rules, "zeros") == "normal(0.01)"
    assert choose("conv1.weight", rules, "zeros") == "ones"
    assert choose("conv1.bias", rules, "zeros") == "zeros"


@pytest.mark.parametrize(
    ("initializer", "message"),
    [
        ("he_norml", r"unknown initializer 'he_norml'; did you mean 'he_normal'\?"),
        ("normal(0.1", r"an initializer must read like he_normal or normal\(0\.01\), got 'normal\(0\.1'; write it so"),
        ("constant", r"initializer constant takes value, got 'constant'; write the numbers in that order"),
        ("constant(one)", r"initializer constant takes value, got 'constant\(one\)'"),
        ("constant(nan)", r"initializer constant takes value, got 'constant\(nan\)'"),
        ("zeros(1)", r"initializer zeros takes no numbers, got 'zeros\(1\)'"),
        ("normal(1, 2, 3)", r"initializer normal takes deviation, mean, got"),
        ("normal(-1)", r"deviation of a normal initializer must be 0 or more, got -1; drop the sign"),
        ("uniform(1, 0)", r"low must not exceed its high, got 1 and 0; swap them"),
    ],
)
def test_wrong_initializers_say_what_they_must_be(initializer: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        drawn(initializer)


def test_rules_that_cannot_work_are_refused() -> None:
    keys = ["conv1.weight", "conv1.bias"]
    check_rules([(r"conv1\..*", "zeros")], keys)
    with pytest.raises(RecipeError, match=r"init rule 'conv2.weight' matches no tensor; did you mean 'conv1.weight'\?"):
        check_rules([("conv2.weight", "zeros")], keys)
    with pytest.raises(RecipeError, match=r"an init rule must be a regular expression, got '\(' .*; escape"):
        check_rules([("(", "zeros")], keys)
    with pytest.raises(RecipeError, match="unknown initializer 'zero'"):
        check_rules([("conv1.weight", "zero")], keys)


@pytest.mark.parametrize(("groups", "stride"), [(1, 1), (1, 2), (4, 2), (2, 3)])
def test_fans_of_a_transposed_convolution(groups: int, stride: int) -> None:
    """The oracle: its gradients count who reads a value, and what an output reads on average over its phases."""
    module = nn.ConvTranspose2d(8, 16, 6, stride=stride, groups=groups, bias=False)
    nn.init.ones_(module.weight)
    x = torch.ones(1, 8, 15, 15, requires_grad=True)
    output = module(x)
    (readers,) = torch.autograd.grad(output.sum(), x, retain_graph=True)
    middle = output.detach()[0, 0, 12 : 12 + stride, 12 : 12 + stride]
    given = fans_of(module, module.weight.shape)
    assert (given.inward, given.outward) == (round(float(middle.mean())), round(float(readers[0, 0, 7, 7])))


def test_fans_of_a_table_of_connections_and_of_words() -> None:
    """16 channels read 60 of LeNet-5's 6: each 3.75 times 25 values, each of which 10 channels read."""
    rows = tuple(tuple(range(count)) for count in (3,) * 6 + (4,) * 9 + (6,))
    module = TableConv(rows, 6, (5, 5), (1, 1), (0, 0), bias=True)
    assert fans_of(module, module.weight.shape) == Fans(94, 250)
    assert fans_of(WordVectors(20_000, 128), (20_000, 128)) == Fans(1, 128)
    assert fans_of(nn.Linear(3, 4), (4, 3)) == Fans(3, 4)


def test_signals_keep_their_size_on_the_way_up() -> None:
    model = build(Network((64, 12, 12), (ConvTranspose(64, 4, stride=2),)), init=[(r".*weight", "lecun_normal")])
    assert 0.9 < float(model(torch.randn(4, 64, 12, 12)).detach().std()) < 1.1
    words = build(Network(Tokens(50, 1000), (Embedding(64),)), init=[(r".*", "lecun_normal")])
    assert 0.95 < float(words(torch.arange(1000).view(20, 50)).detach().std()) < 1.05


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
@pytest.mark.parametrize("groups", [1, 3])
def test_bilinear_weights_interpolate_off_the_border(scale: int, groups: int) -> None:
    """Long et al. (2015): a filter of 2 * S - S % 2 under stride S."""
    size, pad = 2 * scale - scale % 2, scale // 2
    layer = ConvTranspose(3, size, stride=scale, pad=pad, groups=groups, bias=False)
    model, x = build(Network((3, 5, 6), (layer,)), init=[(r".*weight", "bilinear")]), torch.randn(2, 3, 5, 6)
    expected = nn.functional.interpolate(x, scale_factor=scale, mode="bilinear")
    inner = slice(scale, 4 * scale)
    torch.testing.assert_close(model(x)[:, :, inner, inner], expected[:, :, inner, inner])


def test_bilinear_weights_in_one_and_three_axes() -> None:
    row = torch.tensor([0.25, 0.75, 0.75, 0.25])
    torch.testing.assert_close(drawn("bilinear", (1, 1, 4))[0, 0], row)
    cube = drawn("bilinear", (2, 2, 4, 4, 4))
    torch.testing.assert_close(cube[1, 1], row.view(4, 1, 1) * row.view(4, 1) * row)
    assert not cube[0, 1].any()


@pytest.mark.parametrize("shape", [(7,), (4, 4), (64, 21, 4, 4)])
def test_bilinear_weights_are_for_upsampling(shape: tuple[int, ...]) -> None:
    with pytest.raises(RecipeError, match="bilinear fills a ConvTranspose that gives as many channels as it reads, in"):
        drawn("bilinear", shape)
    with pytest.raises(RecipeError, match="initializer bilinear takes no numbers"):
        drawn("bilinear(3)", (2, 2, 4, 4))
    with pytest.raises(RecipeError, match="got a tensor of 6x4x3x3; choose another"):
        build(Network((4, 8, 8), (Conv(6, 3),)), init=[(r".*weight", "bilinear")])
