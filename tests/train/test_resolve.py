"""What `auto` comes to."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch

from neocog.build import build
from neocog.core import config
from neocog.core.errors import ModelFileError, NetworkError, RecipeError
from neocog.data import DataOptions, Dataset, Preprocessing, load
from neocog.data.augment import NONE
from neocog.model import Model, save
from neocog.model.model import weights_of
from neocog.network import Conv, Dense, Flatten, Network, ReLU, adapt, parse
from neocog.train.recipe import Recipe, Reuse
from neocog.train.resolve import BATCHES, EPOCHS, initialize, named, resolve


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataOptions(path="digits"))


def resolved(dataset: Dataset, **changes: str) -> Recipe:
    keys = {key.replace("__", "."): text for key, text in changes.items()}
    return resolve(config.override(Recipe(data=dataset.options), keys), dataset).recipe


def test_nothing_is_left_open(digits: Dataset) -> None:
    recipe = resolved(digits)
    assert "auto" not in [recipe.epochs, recipe.batch, recipe.data.size, recipe.data.border, recipe.data.channels]
    assert "auto" not in [recipe.optimizer.rate, recipe.optimizer.weight_decay, *vars(recipe.compute).values()]
    assert parse(recipe.network).input == (1, 8, 8)
    assert BATCHES[0] <= recipe.batch <= BATCHES[1]  # type: ignore[operator]
    assert EPOCHS[0] <= recipe.epochs <= EPOCHS[1]  # type: ignore[operator]


def test_resolving_twice_changes_nothing(digits: Dataset) -> None:
    recipe = resolved(digits)
    assert resolve(recipe, digits).recipe == recipe


def test_the_network_follows_the_data(digits: Dataset) -> None:
    recipe = resolved(digits, net="lenet5")
    assert recipe.data.border == 2, "the paper's field of 32 around images of 28"
    assert recipe.data.size == 32
    assert parse(recipe.network).layers[-1].features == 10  # type: ignore[attr-defined]
    sized = resolved(digits, data__size="24")
    assert parse(sized.network).input == (1, 24, 24)
    assert sized.data.border == 0


def test_weights_to_start_from_keep_their_channels(digits: Dataset) -> None:
    assert resolved(digits, net="resnet18", init="weights.pth", data__size="64").data.channels == 3
    assert resolved(digits, net="resnet18", data__size="64").data.channels == 1


@pytest.mark.parametrize(
    ("changes", "rate"),
    [
        ({"net": "lenet5"}, 0.003),
        ({"net": "alexnet", "data__size": "227"}, 0.0003),
        ({"net": "resnet18", "data__size": "64"}, 0.003),
        ({"net": "resnet18", "data__size": "64", "optimizer__name": "sgd"}, 0.1),
        ({"optimizer__rate": "0.5"}, 0.5),
    ],
)
def test_deep_plain_networks_get_a_low_rate(digits: Dataset, changes: dict[str, str], rate: float) -> None:
    assert resolved(digits, **changes).optimizer.rate == pytest.approx(rate)


@pytest.mark.parametrize(("net", "rate"), [("resnet18", 0.001), ("squeezenet1_1", 0.0003)])
def test_further_training_is_gentle_once(digits: Dataset, net: str, rate: float) -> None:
    """A plain network's rate is low already: not a third of a tenth."""
    changes = {"net": net, "init": "weights.pth", "data__size": "64", "transfer__way": "all"}
    assert resolved(digits, **changes).optimizer.rate == pytest.approx(rate)


def test_large_images_are_brought_down(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 300, 200), dtype=np.uint8)
    np.savez(tmp_path / "large.npz", x=noise, y=np.arange(60) % 2)
    recipe = resolved(load(DataOptions(path=str(tmp_path / "large.npz"))))
    assert recipe.data.size == 112


def test_a_network_file_must_fit_the_classes(digits: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "seven.network"
    path.write_text("Network(input=(1, 8, 8), layers=(Flatten(), Dense(7)))")
    with pytest.raises(
        NetworkError, match=r"the network ends in \(7,\), and the data have 10 classes; end it in Dense\(10\)"
    ):
        resolved(digits, net=str(path))
    path.write_text("Network(input=(2, 8, 8), layers=(Flatten(), Dense(10)))")
    assert parse(resolved(digits, net=str(path)).network).input == (1, 8, 8), "channels follow the data"
    with pytest.raises(NetworkError, match="takes 1 or 3 channels, not 2; change its input"):
        resolved(digits, net=str(path), init="weights.pth")


def test_a_network_with_side_heads_is_refused(digits: Dataset) -> None:
    message = r"must have one output, got 3 \(main, side1, side2\); take one without side heads, such as googlenet"
    with pytest.raises(NetworkError, match=message):
        resolved(digits, net="googlenet_side_heads")


def test_a_network_that_gives_maps_is_refused(digits: Dataset) -> None:
    with pytest.raises(NetworkError, match=r"the network ends in \(10, 96, 96\), and the data have 10 classes"):
        resolved(digits, net="fcn32s", data__size="96")


@pytest.mark.parametrize(("net", "same"), [("vgg_a", "vgg11"), ("vgg_d", "vgg16")])
def test_another_name_is_the_same_network_drawn_the_same(digits: Dataset, net: str, same: str) -> None:
    by_alias, by_name = (
        resolve(config.override(Recipe(data=digits.options), {"net": name}), digits) for name in (net, same)
    )
    assert by_alias.network == by_name.network
    assert by_alias.init == by_name.init != ()


def test_a_batch_larger_than_the_data_is_refused(digits: Dataset) -> None:
    with pytest.raises(RecipeError, match="`batch` is 5000, and there are .* training images; choose a smaller one"):
        resolved(digits, batch="5000")


def test_the_weights_decide_how_images_are_normalized(digits: Dataset) -> None:
    def preprocessing(**changes: str) -> tuple[bool, tuple[float, ...], int | None]:
        keys = {"net": "squeezenet1_1", "data.size": "64", **changes}
        found = resolve(config.override(Recipe(data=digits.options), keys), digits)
        return found.measured, found.preprocessing.mean, found.preprocessing.short

    assert preprocessing(init="weights.pth") == (False, (0.485, 0.456, 0.406), None)
    assert preprocessing(init="imagenet") == (False, (0.485, 0.456, 0.406), None)
    assert preprocessing()[0], "weights that are drawn take what is measured"
    assert preprocessing(net="lenet5", init="weights.pth", **{"data.size": "32"})[0], "nobody says how"


def test_a_model_file_brings_its_network(digits: Dataset, tmp_path: Path) -> None:
    """For the classes of the data, and with the border that its images had; weights from elsewhere do not say."""
    network = Network((1, 10, 10), (Conv(4, 3), ReLU(), Flatten(), Dense(3)))
    weights = weights_of(build(network))
    preprocessing = Preprocessing(size=(10, 10), channels=1, border=1)
    path = tmp_path / "first.safetensors"
    save(Model(network=network, weights=weights, classes=("a", "b", "c"), preprocessing=preprocessing), path)
    found = resolve(config.override(Recipe(data=digits.options), {"init": str(path)}), digits)
    assert found.network == adapt(network, classes=10)
    assert (found.recipe.net, found.preprocessing.border) == (str(path), 1)
    wide = resolve(config.override(Recipe(data=digits.options), {"net": str(path), "data.size": "12"}), digits)
    assert wide.network == adapt(network, classes=10, side=12)
    assert wide.preprocessing.border == 0
    safetensors.torch.save_file(weights, tmp_path / "other.safetensors")
    assert named(replace(found.recipe, net="auto", init=str(tmp_path / "other.safetensors"))).net == "auto"


def test_a_damaged_model_file_is_nothing_to_start_from(digits: Dataset, tmp_path: Path) -> None:
    network = Network((1, 8, 8), (Flatten(), Dense(10)))
    model = Model(
        network=network,
        weights=weights_of(build(network)),
        classes=digits.classes,
        preprocessing=Preprocessing(size=(8, 8), channels=1),
    )
    path = tmp_path / "first.safetensors"
    save(model, path)
    found = resolve(config.override(Recipe(data=digits.options), {"init": str(path)}), digits)
    fresh = build(found.network, seed=1)
    assert "2 tensors loaded" in initialize(fresh, found)
    assert weights_of(fresh)["dense1.weight"].equal(model.weights["dense1.weight"])
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="its content is not what was saved"):
        resolve(config.override(Recipe(data=digits.options), {"init": str(path)}), digits)
    with pytest.raises(ModelFileError, match="its content is not what was saved"):
        initialize(build(found.network), found)


def test_normalization_is_handed_on_and_refused_where_the_weights_decide(digits: Dataset) -> None:
    def normalize(**changes: str) -> str | None:
        found = resolve(config.override(Recipe(data=digits.options), changes), digits)
        assert found.measured
        return found.preprocessing.normalize

    assert [normalize(**{"data.normalize": kind}) for kind in ("set", "image", "pca", "zca")] == [
        None, "image", "pca", "zca"
    ]  # fmt: skip
    message = r"must be 'set' with --init, where squeezenet1_1 keeps the mean .*, got 'image'; leave it out, or train"
    with pytest.raises(RecipeError, match=message):
        normalize(**{"net": "squeezenet1_1", "data.size": "64", "init": "imagenet", "data.normalize": "image"})


def test_whitening_takes_small_images(digits: Dataset) -> None:
    assert resolved(digits, data__size="55", data__normalize="zca").data.normalize == "zca"
    message = (
        r"takes images of at most 3,072 numbers, got 1 x 56 x 56 = 3,136; give a smaller --set data.size, or --set"
    )
    with pytest.raises(RecipeError, match=message):
        resolved(digits, data__size="56", data__normalize="pca")
    assert resolved(digits, data__size="56", data__normalize="image").data.normalize == "image"


def test_a_network_of_numbers_is_refused(digits: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "numbers.network"
    path.write_text("Network(input=(4,), layers=(Dense(10),))")
    with pytest.raises(NetworkError, match=r"a network to train must read images, got one that reads \(4,\); give one"):
        resolved(digits, net=str(path), init="weights.pth")


@pytest.mark.parametrize(("init", "channels"), [("", 1), ("weights.pth", 3)])
def test_pixels_may_stay_as_they_are(digits: Dataset, init: str, channels: int) -> None:
    keys = {"net": "resnet20", "init": init, "data.normalize": "none"}
    found = resolve(config.override(Recipe(data=digits.options), keys), digits)
    assert not found.measured
    assert (found.preprocessing.mean, found.preprocessing.deviation) == ((0.0,) * channels, (1.0,) * channels)


def test_a_new_head_learns_from_images_that_are_not_varied() -> None:
    """What is asked for by nobody is left out, so that codes can be computed once."""
    asked = Recipe(data=DataOptions(path="digits"), net="lenet5", init="weights.pth", transfer=Reuse(way="head"))
    assert resolve(asked, load(asked.data)).recipe.augment == NONE
