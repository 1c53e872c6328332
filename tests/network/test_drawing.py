"""Drawings: well-formed, true to the network, the same bytes each time, and readable in light and dark."""

import functools
import math
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neocog import zoo
from neocog.core.errors import ShapeError
from neocog.core.tokens import DARK, LIGHT
from neocog.network import (
    Add,
    Branches,
    Concat,
    Conv,
    Dense,
    DenseBlock,
    Flatten,
    Graph,
    Identity,
    MaxPool,
    Network,
    Node,
    ReLU,
    Repeat,
    Residual,
    Sequence,
    cost,
    step_cost,
    svg,
    walk,
)
from neocog.network.drawing.sheet import Drawn, clipped, colors, page, text_width

SVG = "{http://www.w3.org/2000/svg}"


@functools.cache
def picture(network):
    return svg(network)


@functools.cache
def drawn(network):
    return ElementTree.fromstring(picture(network))


def told(root):
    """All that the pointer is told, the document's own title apart."""
    return "\n".join(each.text or "" for each in root.iter(f"{SVG}title") if each is not root[0])


def written(root):
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def fronts(root, kind):
    """The fronts of the volumes of a kind as (left, top, width, height)."""
    found = []
    for each in root.iter(f"{SVG}path"):
        if each.get("class") == f"{kind} front":
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", each.get("d", ""))]
            xs, ys = numbers[::2], numbers[1::2]
            found.append((min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)))
    return found


@pytest.mark.parametrize("name", zoo.names())
class TestZoo:
    """Every network of the zoo."""

    def test_it_is_whole(self, name):
        network = zoo.network(name)
        root = drawn(network)
        total = cost(network)
        assert root.tag == f"{SVG}svg"
        assert [each.tag for each in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
        assert root[0].text == name
        assert any(f"{total.params:,} parameters · {total.macs:,} MACs" in line for line in written(root))

    def test_every_learned_layer_is_told_with_its_numbers(self, name):
        network = zoo.network(name)
        lines = set(told(drawn(network)).splitlines())
        for step in walk(network):
            each = step_cost(step)
            if each.params:
                macs = f", {each.macs:,} MACs" if each.macs else ""
                assert f"{step.path}: {each.params:,} parameters{macs}" in lines

    def test_it_needs_nothing_from_elsewhere(self, name):
        text = picture(zoo.network(name))
        assert not re.search(r"<(script|image|use|foreignObject|a)\b|href|url\(|@import|@font-face|\son\w+=", text)
        assert text.count("http") == 1, "the namespace alone"

    def test_it_is_no_wider_than_a_slide(self, name):
        """At 1,200 pixels its text of 13 then still has 11."""
        assert 13 * 1200 / float(drawn(zoo.network(name)).get("width", "")) >= 11


def test_equal_networks_are_equal_bytes():
    """In another process, too, where texts hash otherwise."""
    code = "from neocog import zoo; from neocog.network import svg; print(svg(zoo.network('unet')), end='')"
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1] == svg(zoo.network("unet")).encode()


def test_a_notebook_shows_the_drawing():
    network = zoo.network("lenet5")
    assert svg(network) in network._repr_html_()


def test_a_network_that_does_not_fit_is_refused_as_everywhere():
    with pytest.raises(ShapeError, match="layer `conv1`"):
        svg(Network((1, 4, 4), (Conv(1, 7),)))


class TestVolumes:
    """A chain of maps is drawn to the scale that its note states."""

    def test_heights_are_square_roots_of_sides(self):
        root = drawn(zoo.network("vgg16"))
        heights = [height for _, _, _, height in fronts(root, "conv")]
        sides = [224] * 2 + [112] * 2 + [56] * 3 + [28] * 3 + [14] * 3
        assert len(heights) == 13
        for height, side in zip(heights, sides, strict=True):
            assert height / heights[0] == pytest.approx(math.sqrt(side / 224), abs=0.01)

    def test_thickness_is_the_square_root_of_channels(self):
        widths = [width for _, _, width, _ in fronts(drawn(zoo.network("vgg16")), "conv")]
        channels = [64] * 2 + [128] * 2 + [256] * 3 + [512] * 6
        for width, count in zip(widths, channels, strict=True):
            assert width / widths[-1] == pytest.approx(math.sqrt(count / 512), abs=0.02)

    def test_two_groups_are_two_towers(self):
        """AlexNet's figure: all its convolutions stand in two towers, of half the channels each."""
        assert len(fronts(drawn(zoo.network("alexnet")), "conv")) == 2 * 5
        assert len(fronts(drawn(zoo.network("alexnet_ungrouped")), "conv")) == 5

    def test_a_sequence_is_a_sheet(self):
        root = drawn(Network((4, 64), (Conv(8, 5), ReLU(), MaxPool(2), Flatten(), Dense(3))))
        assert [each.get("class") for each in root.iter(f"{SVG}path")].count("conv side") == 0
        assert "8×60" in written(root)
        assert "conv 5" in written(root)

    def test_a_chain_that_is_too_long_becomes_boxes(self):
        layers = [layer for channels in range(1, 40) for layer in (Conv(channels, 3), ReLU())]
        root = drawn(Network((3, 224, 224), tuple(layers)))
        assert fronts(root, "conv") == []
        assert [line for line in written(root) if line == "conv 3×3"] == ["conv 3×3"] * 39


class TestUnits:
    """Vectors are columns of units."""

    def test_short_columns_are_whole(self):
        root = drawn(zoo.network("temperature_mlp"))
        shown = [each.get("class") for each in root.iter(f"{SVG}circle")]
        assert shown.count("other front") == 3
        assert shown.count("dense front") == 4 + 4 + 1
        lines = [each.get("class") for each in root.iter(f"{SVG}path")]
        assert lines.count("faint") == 3 * 4 + 4 * 4 + 4

    def test_long_columns_leave_units_out(self):
        root = drawn(Network((1000,), (Dense(500), ReLU(), Dense(12))))
        shown = [each.get("class") for each in root.iter(f"{SVG}circle")]
        assert shown.count("other front") == 9
        assert shown.count("dense front") == 9 + 12
        assert shown.count("dot") == 2 * 3


class TestFlow:
    """What branches is a flow of boxes, equal ones folded."""

    def test_equal_blocks_are_folded(self):
        assert "×35" in written(drawn(zoo.network("resnet152")))
        assert "block2 to block36" in written(drawn(zoo.network("resnet152")))

    def test_blocks_that_differ_are_not_folded(self):
        network = Network((8, 9, 9), (Residual(Conv(8, 3, pad=1)), Residual(Conv(8, 1)), Conv(4, 3)))
        assert not any(line.startswith("×") for line in written(drawn(network)))

    def test_every_inception_module_is_framed(self):
        lines = written(drawn(zoo.network("googlenet")))
        modules = [line for line in lines if line.startswith("inception")]
        assert modules == [f"inception{each}" for each in ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"]]

    def test_a_dense_block_says_what_it_reads_and_gives(self):
        lines = written(drawn(zoo.network("densenet121")))
        assert "block1: 64 to 256×56×56" in lines
        assert "×6" in lines

    def test_rates_of_what_is_dropped_do_not_keep_blocks_apart(self):
        assert "×9" in written(drawn(zoo.network("convnext_tiny")))

    def test_what_follows_every_convolution_is_said_once(self):
        lines = written(drawn(zoo.network("googlenet")))
        assert "ReLU" not in lines
        assert any(line.startswith("After every convolution: ReLU") for line in lines)

    def test_a_convolution_without_what_is_usual_says_so(self):
        lines = written(drawn(zoo.network("unet")))
        assert lines.count("linear") == 5, "four transposed convolutions and the scores"

    def test_words_are_the_input_of_a_sentence(self):
        assert "64 of 18,766 words" in written(drawn(zoo.network("sentence_cnn")))


class TestWeb:
    """Graphs: on one line that sinks and rises, or as paths with names."""

    def test_detours_are_drawn_in_the_valley(self):
        root = drawn(zoo.network("unet"))
        assert [each.get("class") for each in root.iter(f"{SVG}path")].count("skip") == 4 * 2
        assert [line for line in written(root) if line.startswith("from ")] == []

    def test_side_heads_are_named(self):
        lines = written(drawn(zoo.network("googlenet_side_heads")))
        assert {"from stem", "from middle", "output main", "output side1", "output side2"} <= set(lines)

    def test_shared_weights_are_told(self):
        graph = Graph(
            Node("one", Conv(4, 3, pad=1)),
            Node("two", "one", inputs=("one",)),
            Node("sum", Add(), inputs=("one", "two")),
        )
        assert "two: 0 parameters, 3,600 MACs, weights of one" in told(drawn(Network((4, 5, 5), (graph,))))

    @settings(max_examples=40, deadline=None)
    @given(st.data())
    def test_any_graph_is_drawn_whole(self, data):
        nodes = []
        for place in range(data.draw(st.integers(1, 8))):
            known = ["input", *(f"n{each}" for each in range(place))]
            sources = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
            layer = Add() if len(sources) > 1 else data.draw(st.sampled_from(_LAYERS))
            nodes.append(Node(f"n{place}", layer, inputs=tuple(sources)))
        names = [node.name for node in nodes]
        outputs = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
        network = Network((4, 6, 6), (Graph(*nodes, outputs=tuple(outputs)),))
        root = drawn(network)
        lines = told(root)
        for step in walk(network):
            assert step.path in lines


_LAYERS = (
    Conv(4, 3, pad=1),
    ReLU(),
    Sequence(Conv(4, 1), ReLU(), Conv(4, 1)),
    Residual(Conv(4, 1)),
    Repeat(2, Conv(4, 3, pad=1)),
    Sequence(Branches(Conv(2, 1), Conv(2, 1)), ReLU()),
)


def test_parts_that_only_pass_on_are_drawn():
    """A lane without a layer, a dense block of one, a graph within a lane."""
    inner = Graph(Node("a", Conv(2, 1)), Node("b", Concat(), inputs=("a", "input")))
    network = Network((4, 8, 8), (Branches(Identity(), inner), DenseBlock(1, Conv(2, 1)), ReLU(), Flatten(), Dense(2)))
    lines = told(drawn(network))
    for step in walk(network):
        assert step.path in lines


class TestSheet:
    """The paper that all is drawn on."""

    HOSTILE = '</title><script>alert("x")</script>&\x00\x1b\ud800 ' + "long " * 40

    def test_hostile_names_are_only_text(self):
        content = page(Drawn(10, 10, 5, 5, ""), self.HOSTILE, "facts", (self.HOSTILE,), self.HOSTILE)
        root = ElementTree.fromstring(content.encode())
        assert list(root.iter(f"{SVG}script")) == []
        assert (root[0].text or "").startswith('</title><script>alert("x")</script>&\ufffd\ufffd\ufffd')
        assert "long" in (root[0].text or "")

    def test_long_names_are_cut(self):
        assert clipped("a" * 100, 10) == "a" * 9 + "…"
        assert len(clipped("a\nb")) == 3 and "\n" not in clipped("a\nb")

    def test_a_wide_letter_counts_as_wide(self):
        assert text_width("卷積") > text_width("ab")

    @pytest.mark.parametrize("tokens", [LIGHT, DARK])
    def test_text_is_told_from_its_ground(self, tokens):
        palette = colors(tokens)
        grounds = [palette[f"{kind}-side"] for kind in ("conv", "pool", "dense", "other")]
        pairs = [(palette["text"], ground) for ground in (*grounds, palette["ground"], palette["card"])]
        pairs += [(palette[ink], palette[ground]) for ink in ("quiet",) for ground in ("ground", "card")]
        for ink, ground in pairs:
            assert contrast(ink, ground) >= 4.5


def contrast(one, other):
    """The contrast of two colors as WCAG 2 defines it."""

    def luminance(color):
        channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_bodies_of_a_dense_block_may_hold_equal_layers():
    """The first body reads as many channels as it makes, the next ones more: they are drawn as one all the same."""
    body = Sequence(Conv(4, 3, pad=1), Conv(4, 3, pad=1))
    network = Network((4, 8, 8), (DenseBlock(3, body), Flatten(), Dense(2)))
    lines = told(drawn(network))
    for step in walk(network):
        assert step.path in lines
