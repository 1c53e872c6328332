"""A real distribution on disk, with its entry points, adds a layer; a broken one is named."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from neocog.build import MODULES, build
from neocog.core.errors import ExtensionError, TextError
from neocog.core.extensions import extension, extensions
from neocog.network import LAYERS, Conv, Network, parse, table

Install = Callable[..., None]

MINOUT = '''
from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from neocog.build import MODULES, Part
from neocog.network import Leaf


@dataclass(frozen=True, repr=False)
class Minout(Leaf):
    """The smallest of each group of channels."""

    kind: ClassVar[str] = "minout"
    pieces: int
    name: str | None = None

    def output(self, received, windows):
        return (received[0][0] // self.pieces, *received[0][1:])


class Smallest(nn.Module):
    def __init__(self, pieces):
        super().__init__()
        self.pieces = pieces

    def forward(self, x):
        return x.unflatten(1, (-1, self.pieces)).amin(2)


@MODULES.add("Minout")
def minout(step):
    return Part(Smallest(step.layer.pieces))
'''


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a package of one module, `name_layers`, as an installer does: the module, and its metadata beside it."""
    monkeypatch.setattr(MODULES, "_items", dict(vars(MODULES)["_items"]))
    monkeypatch.syspath_prepend(tmp_path)

    def install(name: str, source: str, **points: str) -> None:
        (tmp_path / f"{name}_layers.py").write_text(source)
        facts = tmp_path / f"{name}-1.2.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        lines = [f"{point} = {name}_layers:{target}\n" for point, target in points.items()]
        (facts / "entry_points.txt").write_text("[neocog]\n" + "".join(lines))

    yield install
    extension.cache_clear()
    for module in [each for each in sys.modules if each.endswith("_layers") and "." not in each]:
        del sys.modules[module]


def text(layer: str) -> str:
    return f"Network(input=(1, 8, 8), layers=(Conv(6, 3), {layer}))"


def test_a_layer_of_another_package_is_read_counted_and_built(install: Install) -> None:
    install("goodfellow", MINOUT, Minout="Minout")
    network = parse(text("Minout(2)"))
    assert parse(repr(network)) == network
    rows = table(network).rows
    assert [(row.path, row.kind, row.output) for row in rows] == [
        ("conv1", "Conv", (6, 6, 6)),
        ("minout1", "Minout", (3, 6, 6)),
    ]
    model = build(network)
    x = torch.randn(2, 1, 8, 8)
    maps: Any = model.get_submodule("conv1")(x)
    assert torch.equal(model(x), torch.minimum(maps[:, 0::2], maps[:, 1::2]))
    assert "Minout" not in LAYERS, "the list of our own layers stays ours"


def test_names_are_known_before_anything_is_loaded(install: Install) -> None:
    install("goodfellow", MINOUT, Minout="Minout")
    assert {"Minout", "Timm"} <= set(extensions())
    with pytest.raises(TextError, match=r"line 1, column 46: unknown layer 'Minuot'; did you mean 'Minout'\?"):
        parse(text("Minuot(2)"))
    with pytest.raises(TextError, match=r"Minout is a layer, not a value; write Minout\(\)"):
        parse(text("Minout"))
    assert "goodfellow_layers" not in sys.modules


def test_a_name_that_nobody_offers_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="Minout"):
        extension("Minout")


def test_arguments_are_checked_as_for_our_own_layers(install: Install) -> None:
    install("goodfellow", MINOUT, Minout="Minout")
    with pytest.raises(TextError, match=r"unknown argument 'piece' of Minout; did you mean 'pieces'\?"):
        parse(text("Minout(piece=2)"))


def test_a_package_that_cannot_be_imported_is_named(install: Install) -> None:
    install("broken", "import a_module_that_is_nowhere", Minout="Minout")
    message = r"'Minout' of broken 1.2 cannot be loaded \(ModuleNotFoundError: No module named 'a_module_that_is_no"
    with pytest.raises(ExtensionError, match=message + ".*; install another version of that package"):
        extension("Minout")
    with pytest.raises(TextError, match="line 1, column 46: layer " + message):
        parse(text("Minout(2)"))


def test_two_packages_cannot_offer_one_name(install: Install) -> None:
    install("goodfellow", MINOUT, Minout="Minout")
    install("another", MINOUT, Minout="Minout")
    with pytest.raises(ExtensionError, match=r"'Minout' is offered by more than one package, another 1.2, goodfellow"):
        extension("Minout")


@pytest.mark.parametrize("target", ["Smallest", "minout", "Minout"])
def test_what_is_no_layer_of_that_name_is_refused(install: Install, target: str) -> None:
    install("goodfellow", MINOUT, Widest=target)
    with pytest.raises(TextError, match=r"the extension 'Widest' must be a layer's class of that name, got (a|the)"):
        parse(text("Widest(2)"))


def test_our_own_layers_cannot_be_replaced(install: Install) -> None:
    install("goodfellow", MINOUT, Conv="Minout")
    network = parse("Network(input=(1, 8, 8), layers=(Conv(6, 3),))")
    assert network == Network((1, 8, 8), (Conv(6, 3),))
