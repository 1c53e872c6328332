"""A network of timm as a layer: timm's own module is the oracle, its smallest networks the cases."""

import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from neocog import zoo
from neocog.build import Timm, build, tapped
from neocog.build.timm import import_with_torchvision, measure
from neocog.cli.__main__ import run
from neocog.core import config
from neocog.core.errors import NetworkError, RecipeError, ShapeError, TextError
from neocog.core.extensions import extension
from neocog.core.run import MODEL
from neocog.model import load
from neocog.network import Dense, Network, Precision, adapt, cost, memory, parse, shapes, table
from neocog.train import Epoch, Finished, Recipe, train

Measure = Callable[[nn.Module, torch.Tensor], int]

SMALL = {"test_resnet": 3, "test_efficientnet": 1, "test_convnext": 3, "test_vit": 1}
"""timm's own test networks, at under half a million parameters, and the channels of the images that they get."""

ATTENTION = {"test_vit": 6 * 2 * (10 * 10 + 1) ** 2 * 64}
"""MACs that torch's counter misses where the processor fuses attention: blocks, two products of tokens by tokens."""


def body(model: str, *input: int) -> Network:
    return Network(input, (Timm(model),))


@pytest.fixture(autouse=True)
def _timm(timm: ModuleType) -> Iterator[None]:
    """timm is there, and a run gives its threads back."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize(("model", "channels"), SMALL.items())
def test_it_is_timms_network_counted_right(model: str, channels: int, timm: ModuleType, measured_macs: Measure) -> None:
    network = body(model, channels, 160, 160)
    theirs = timm.create_model(model, num_classes=0, in_chans=channels).eval()
    ours = build(network, seed=5).eval()
    theirs.load_state_dict({key.removeprefix("timm1."): value for key, value in ours.state_dict().items()}, strict=True)
    x = torch.randn(1, channels, 160, 160)
    with torch.no_grad():
        expected = theirs(x)
        assert torch.equal(ours(x), expected)
    predicted = cost(network)
    assert shapes(network) == {"timm1": tuple(expected.shape[1:])}
    assert predicted.params == sum(parameter.numel() for parameter in theirs.parameters())
    assert predicted.macs == measured_macs(theirs, x) + ATTENTION.get(model, 0)


def test_it_counts_as_our_own_network_does() -> None:
    network = Network((3, 224, 224), (Timm("resnet18"), Dense(1000)))
    ours, theirs = cost(zoo.network("resnet18")), cost(network)
    assert (theirs.params, theirs.macs) == (ours.params, ours.macs) == (11_689_512, 1_814_073_344)
    assert theirs.activations == 512 + 1000
    row = table(network).rows[0]
    assert (row.path, row.kind, row.output, row.receptive_field) == ("timm1", "Timm", (512,), (224, 224))


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_its_memory_is_what_our_own_network_takes(precision: Precision) -> None:
    network = Network((3, 224, 224), (Timm("resnet18"), Dense(1000)))
    ours, theirs = (memory(each, 8, precision) for each in (zoo.network("resnet18"), network))
    assert theirs.kept == pytest.approx(ours.kept, rel=0.07 if precision == "bf16" else 0.01)
    assert 1 <= theirs.training / ours.training < 1.1, "all its gradients beside all that it keeps: a little too much"
    assert theirs.predicting == pytest.approx(ours.predicting, rel=0.4 if precision == "bf16" else 0.01)


def test_the_text_is_the_value() -> None:
    network = Network((3, 64, 64), (Timm("test_resnet", name="backbone"), Dense(10)))
    assert parse(repr(network)) == network
    assert list(shapes(network)) == ["backbone", "dense1"]
    assert adapt(network, classes=4, channels=1, side=32) == replace(
        network, input=(1, 32, 32), layers=(network.layers[0], Dense(4))
    )


def test_it_is_found_as_an_installed_extension() -> None:
    assert extension("Timm") is Timm


class TestWeights:
    def test_they_are_a_function_of_seed_and_path(self) -> None:
        network = body("test_resnet", 3, 32, 32)
        state = torch.get_rng_state()
        one = build(network, seed=1).state_dict()
        assert torch.equal(torch.get_rng_state(), state), "torch's own generator is left as it was"
        torch.manual_seed(99)
        two, other = build(network, seed=1).state_dict(), build(network, seed=2).state_dict()
        assert all(torch.equal(one[key], two[key]) for key in one)
        assert not torch.equal(one["timm1.conv1.0.weight"], other["timm1.conv1.0.weight"])
        named = build(Network((3, 32, 32), (Timm("test_resnet", name="backbone"),)), seed=1).state_dict()
        assert not torch.equal(one["timm1.conv1.0.weight"], named["backbone.conv1.0.weight"])

    def test_they_follow_timms_rules(self, timm: ModuleType) -> None:
        """A convolution in groups, a layer scale and a table of positions are what timm makes of them."""
        for model in ("test_convnext", "test_vit"):
            theirs = timm.create_model(model, num_classes=0).state_dict()
            for key, tensor in build(body(model, 3, 160, 160), seed=3).state_dict().items():
                expected = theirs[key.removeprefix("timm1.")]
                assert tensor.std(correction=0) == pytest.approx(float(expected.std(correction=0)), rel=0.4, abs=1e-3)

    def test_a_rule_overrules_them(self) -> None:
        network = body("test_convnext", 3, 32, 32)
        plain = build(network).state_dict()
        ruled = build(network, init=((r"timm1\..*\.conv_dw\.weight", "he_normal"),)).state_dict()
        changed = [key for key in plain if not torch.equal(plain[key], ruled[key])]
        assert changed and all(key.endswith("conv_dw.weight") for key in changed)
        joined = torch.cat([ruled[key].flatten() for key in changed])
        assert float(joined.std()) == pytest.approx((2 / 49) ** 0.5, rel=0.05)  # one channel of 7 x 7 is read
        with pytest.raises(RecipeError, match="init rule 'nowhere' matches no tensor"):
            build(network, init=(("nowhere", "zeros"),))

    def test_tables_that_are_computed_are_not_stored(self) -> None:
        state = build(body("efficientformer_l1", 3, 224, 224), device="meta").state_dict()
        assert all(value.is_floating_point() or key.endswith("num_batches_tracked") for key, value in state.items())

    def test_tables_are_there_in_a_built_network(self, timm: ModuleType) -> None:
        """A table of the places that attention compares is computed, not left empty."""
        ours = build(body("efficientvit_m0", 3, 224, 224)).get_submodule("timm1")
        theirs = dict(timm.create_model("efficientvit_m0", num_classes=0).named_buffers())
        assert set(theirs) > set(timm.create_model("efficientvit_m0", num_classes=0).state_dict()) & set(theirs)
        assert theirs and all(torch.equal(buffer, theirs[name]) for name, buffer in ours.named_buffers())


def test_layers_inside_are_tapped_on_its_module() -> None:
    model = build(Network((3, 32, 32), (Timm("test_resnet"), Dense(2)))).eval()
    inner = model.get_submodule("timm1")
    x = torch.randn(2, 3, 32, 32)
    maps = tapped(inner, ["layer4"])(x)["layer4"]
    assert torch.allclose(tapped(model, ["timm1"])(x)["timm1"], maps.mean((2, 3)), atol=1e-6)


def test_a_transformer_is_made_for_the_image_it_gets() -> None:
    network = body("test_vit", 3, 64, 64)
    model = build(network)
    assert model(torch.zeros(2, 3, 64, 64)).shape == (2, *shapes(network)["timm1"])
    assert model.get_submodule("timm1").get_parameter("pos_embed").shape[1] == 1 + 4 * 4


class TestRefusals:
    @pytest.mark.parametrize(
        ("model", "message"),
        [
            ("resnet19", r"timm has no network 'resnet19'; did you mean 'resnet18'\?"),
            ("resnet18.a1_in1k", r"without a source or tag of weights, got 'resnet18.a1_in1k', and fetches"),
            ("hf-hub:timm/resnet18.a1_in1k", r"resnet18.a1_in1k', and fetches nothing; write 'resnet18'"),
            ("local-dir:/tmp/resnet81", r"and fetches nothing; did you mean 'resnet18'\?"),
            ("", r"Timm must be given a name of timm's list, got ''; write Timm\('resnet18'\)"),
            (18, r"Timm must be given a name of timm's list, got 18"),
        ],
    )  # fmt: skip
    def test_a_name_that_is_not_in_the_list(self, model: str, message: str) -> None:
        with pytest.raises(NetworkError, match=message):
            Timm(model)
        with pytest.raises(TextError, match="line 1, column 36: .*" + message):
            parse(f"Network(input=(3, 32, 32), layers=({Timm.__name__}({model!r}),))")

    def test_an_image_that_does_not_fit(self) -> None:
        with pytest.raises(
            ShapeError, match=r"`timm1`: Timm reads images of \(channels, height, width\), got \(5,\); put"
        ):
            shapes(body("test_resnet", 5))
        with pytest.raises(
            ShapeError, match=r"timm's pit_ti_224 does not take images of 3x64x64 \(.+\); timm's own are 3x224x224"
        ):
            shapes(body("pit_ti_224", 3, 64, 64))

    def test_a_network_without_a_size_of_its_own(self, timm: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(timm, "get_pretrained_cfg_value", lambda model, setting: None)
        with pytest.raises(ShapeError, match=r"does not take images of 3x1x100000 \(.+\); try another size"):
            measure("test_vit", (3, 1, 100_000))

    def test_without_timm_the_error_names_the_extra(self, tmp_path: Path) -> None:
        (tmp_path / "my.network").write_text("Network(input=(3, 32, 32), layers=(Timm('resnet18'), Dense(2)))")
        hidden = "import sys; sys.modules['timm'] = None; from neocog.cli.__main__ import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", hidden, "show", "my.network"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
        )
        assert done.returncode == 2
        said = " ".join(done.stderr.split())
        assert "my.network: line 1, column 36: Timm needs the package timm, and timm is not installed" in said
        assert 'run `pip install "neocog[timm]"`' in said

    def test_a_failure_that_is_not_torchvisions_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "stumbling_module.py").write_text("raise RuntimeError('no luck today')")
        monkeypatch.syspath_prepend(tmp_path)
        with pytest.raises(RuntimeError, match="no luck today"):
            import_with_torchvision("stumbling_module")


def test_show_counts_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "my.network").write_text("Network(input=(3, 32, 32), layers=(Timm('test_resnet'), Dense(10)))")
    assert run(["show", str(tmp_path / "my.network"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [layer["kind"] for layer in told["layers"]] == ["Timm", "Dense"]
    assert (
        told["params"]
        == measure("test_resnet", (3, 32, 32)).params + measure("test_resnet", (3, 32, 32)).output[0] * 10 + 10
    )


def test_it_trains_resumes_to_the_same_bytes_and_predicts(tmp_path: Path) -> None:
    digits = load_digits(n_class=2)
    np.savez(tmp_path / "two.npz", x=(digits.images * 15).astype(np.uint8), y=digits.target)
    (tmp_path / "my.network").write_text("Network(input=(1, 32, 32), layers=(Timm('test_resnet'), Dense(2)))")
    changes = {"data.path": str(tmp_path / "two.npz"), "net": str(tmp_path / "my.network"), "epochs": "2",
               "batch": "32", "compute.device": "cpu", "compute.threads": "1"}  # fmt: skip
    recipe = config.override(Recipe(), changes)
    events = list(train(recipe, tmp_path / "whole"))
    assert isinstance(events[-1], Finished)
    first, last = [event.train_loss for event in events if isinstance(event, Epoch)]
    assert last < first
    asked = itertools.count(1)
    list(train(recipe, tmp_path / "parts", stop=lambda: next(asked) >= 5))
    list(train(recipe, tmp_path / "parts", resume=True))
    assert (tmp_path / "whole" / MODEL).read_bytes() == (tmp_path / "parts" / MODEL).read_bytes()
    model = load(tmp_path / "whole")
    assert isinstance(model.network.layers[0], Timm)
    assert model.module()(torch.zeros(2, 1, 32, 32)).shape == (2, 2)
