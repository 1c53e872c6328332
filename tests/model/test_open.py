"""What MODEL means: a path, or a network of the zoo with weights from a file or from a real server."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from neocog import zoo
from neocog.build import build
from neocog.core.download import kept_at
from neocog.core.errors import DownloadError, ModelFileError, NetworkError, RecipeError
from neocog.data import Preprocessing
from neocog.model import Model, open_model, predict, save, to_bytes, weights_file
from neocog.model.initial import released as released_weights

Release = Callable[[str, nn.Module], str]


@pytest.fixture
def lenet(tmp_path: Path) -> Path:
    """Weights of LeNet-5 from elsewhere."""
    safetensors.torch.save_file(build(zoo.network("lenet5"), seed=7).state_dict(), tmp_path / "lenet.safetensors")
    return tmp_path / "lenet.safetensors"


def names(folder: Path, count: int) -> str:
    (folder / "names.txt").write_text("\n".join(f"digit {place}" for place in range(count)))
    return str(folder / "names.txt")


def test_a_path_is_its_model(small: Model, tmp_path: Path) -> None:
    save(small, tmp_path / "run" / "model.safetensors")
    assert to_bytes(open_model(str(tmp_path / "run"))) == to_bytes(small)


def test_a_network_of_the_zoo_with_weights_from_a_file(lenet: Path, tmp_path: Path) -> None:
    model = open_model("lenet5", init=str(lenet), classes=names(tmp_path, 10))
    assert model.classes == tuple(f"digit {place}" for place in range(10))
    assert model.preprocessing == Preprocessing(size=(32, 32), channels=1, border=2)
    assert model.card == {"weights": "weights: lenet.safetensors"}
    images = np.random.default_rng(0).integers(0, 256, (3, 1, 32, 32), np.uint8)
    module = build(zoo.network("lenet5"), seed=7).eval()
    with torch.no_grad():
        logits = module(torch.from_numpy(images) / 255)
    expected = torch.softmax(logits.double(), 1).numpy()
    assert np.allclose([answer.probabilities for answer in predict(model, images)], expected, atol=1e-6)


def test_without_names_the_classes_are_numbered(lenet: Path) -> None:
    assert open_model("lenet5", init=str(lenet)).classes[::9] == ("class 0", "class 9")


def test_what_the_zoo_states_is_the_preprocessing(tmp_path: Path) -> None:
    safetensors.torch.save_file(build(zoo.network("squeezenet1_1")).state_dict(), tmp_path / "squeeze.safetensors")
    model = open_model("squeezenet1_1", init=str(tmp_path / "squeeze.safetensors"))
    mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    assert model.preprocessing == Preprocessing(size=(224, 224), channels=3, short=256, mean=mean, deviation=deviation)


def test_weights_for_other_classes_need_their_names(tmp_path: Path) -> None:
    file = tmp_path / "seven.safetensors"
    safetensors.torch.save_file(build(zoo.network("lenet5", classes=7)).state_dict(), file)
    assert len(open_model("lenet5", init=str(file), classes=names(tmp_path, 7)).classes) == 7
    message = r"the weights answer for 7 classes, and the network lenet5 has 10; name theirs with --classes FILE"
    with pytest.raises(ModelFileError, match=message):
        open_model("lenet5", init=str(file))
    with pytest.raises(ModelFileError, match=r"answer for 7 classes, and .*names\.txt names 9; name theirs in it"):
        open_model("lenet5", init=str(file), classes=names(tmp_path, 9))


def test_released_weights_are_fetched_once_and_serve_offline(released: Release, tmp_path: Path) -> None:
    file = released("lenet5", build(zoo.network("lenet5"), seed=7))
    told: list[tuple[int, int]] = []
    model = open_model("lenet5", init="imagenet", progress=lambda *at: told.append(at))
    assert told[-1][0] == told[-1][1] == (tmp_path / "server" / file).stat().st_size
    assert model.card["weights"] == "weights: a server of our own, license CC0-1.0"
    assert (model.preprocessing.short, model.preprocessing.mean) == (32, (0.4,))
    (tmp_path / "server" / file).unlink()
    assert to_bytes(open_model("lenet5", init="imagenet")) == to_bytes(model)


def test_released_weights_that_cannot_be_fetched(released: Release, tmp_path: Path) -> None:
    file = released("lenet5", build(zoo.network("lenet5")))
    (tmp_path / "server" / file).unlink()
    weights = released_weights("lenet5")
    with pytest.raises(DownloadError, match="the server answers 404 File not found") as caught:
        open_model("lenet5", init="imagenet")
    assert weights.url in str(caught.value)
    assert str(kept_at(weights.url, weights.digest)) in str(caught.value)


@pytest.mark.parametrize(("net", "near"), [("resnet20", "resnet"), ("auto", "")])
def test_a_network_without_released_weights(net: str, near: str) -> None:
    message = (
        f"there are no released weights for the network '{net}'; there are for {near}.*, .*, .* and .* more, which `neo"
    )
    with pytest.raises(RecipeError, match=message):
        weights_file("imagenet", net)


def test_choices_that_do_not_go_together(small: Model, lenet: Path, tmp_path: Path) -> None:
    save(small, tmp_path / "m.safetensors")
    path = str(tmp_path / "m.safetensors")
    with pytest.raises(RecipeError, match="lenet5 is a network of the zoo, without weights; give some with --init"):
        open_model("lenet5")
    with pytest.raises(RecipeError, match=r"m\.safetensors has its own classes; leave --classes out"):
        open_model(path, classes="names.txt")
    with pytest.raises(RecipeError, match=r"m\.safetensors has its own weights; leave --init out"):
        open_model(path, init="imagenet")
    with pytest.raises(RecipeError, match=r"m\.safetensors is a model with its own network and classes; give it as"):
        open_model("lenet5", init=path)
    with pytest.raises(NetworkError, match="unknown network 'lenet6'; did you mean 'lenet5'"):
        open_model("lenet6", init=str(lenet))
    with pytest.raises(ModelFileError, match="there is no model at lenet6"):
        open_model("lenet6")
    with pytest.raises(ModelFileError, match="no file of weights at none.pth; check the path"):
        open_model("lenet5", init="none.pth")


def test_networks_that_do_something_else() -> None:
    with pytest.raises(NetworkError, match=r"googlenet_side_heads must have one output to predict, got 3 \(main, "):
        open_model("googlenet_side_heads", init="w.pth")
    with pytest.raises(NetworkError, match="unet must give one number a class for an image, and it gives"):
        open_model("unet", init="w.pth")
