"""A run on sounds: it learns, says everything in its recipe, and comes back from a stop to the same bytes."""

import io
import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from neocog.core import config
from neocog.core.errors import NetworkError, RecipeError
from neocog.core.run import MODEL, RECIPE
from neocog.data import load as load_data
from neocog.data.spectrogram import Spectrogram
from neocog.model import answers, find_images, load
from neocog.train import Recipe, train
from neocog.train.resolve import resolve


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty tones that rise and sixty that fall, in noise, a fifth to two fifths of a second."""
    folder = tmp_path_factory.mktemp("tones")
    noise = np.random.default_rng(0)
    for number, kind in itertools.product(range(60), ("rises", "falls")):
        count = int(noise.uniform(1600, 3200))
        sweep = np.linspace(0, 1, count) if kind == "rises" else np.linspace(1, 0, count)
        values = 0.3 * np.sin(np.cumsum(2 * np.pi * (400 + 1200 * sweep) / 8000)) + noise.normal(0, 0.02, count)
        file = io.BytesIO()
        wavfile.write(file, 8000, (values * 32767).astype(np.int16))
        (folder / kind).mkdir(exist_ok=True)
        (folder / kind / f"{number}.wav").write_bytes(file.getvalue())
    return folder


@pytest.fixture
def heard_recipe(tones: Path) -> Recipe:
    changes = {"data.path": str(tones), "epochs": "4", "compute.device": "cpu", "compute.threads": "1"}
    return config.override(Recipe(), changes)


def test_it_learns_and_answers_files(heard_recipe: Recipe, tones: Path, tmp_path: Path) -> None:
    *_, finished = train(heard_recipe, tmp_path / "run")
    assert finished.val_accuracy >= 0.9  # type: ignore[union-attr]
    model = load(tmp_path / "run")
    assert model.pictured.sound is not None and model.pictured.noun == "sounds"
    found = find_images([str(tones / "falls")], "sound")
    said = [answer.prediction.probabilities[0] for answer in answers(model, found.files) if answer.prediction]
    assert len(said) == 60
    assert np.mean(np.array(said) > 0.5) >= 0.9


def test_a_stopped_run_comes_to_the_same_bytes(heard_recipe: Recipe, tmp_path: Path) -> None:
    list(train(heard_recipe, tmp_path / "whole"))
    count = itertools.count(1)
    list(train(heard_recipe, tmp_path / "stopped", stop=lambda: next(count) >= 7))
    list(train(heard_recipe, tmp_path / "stopped", resume=True))
    assert (tmp_path / "whole" / MODEL).read_bytes() == (tmp_path / "stopped" / MODEL).read_bytes()


def test_its_recipe_says_everything_and_repeats_it(heard_recipe: Recipe, tmp_path: Path) -> None:
    data = load_data(heard_recipe.data)
    once = resolve(heard_recipe, data)
    assert once.recipe.data.sample_rate == 8000 and once.recipe.data.bands == 40
    assert once.recipe.augment.shift == 0.1 and once.recipe.augment.rotation == 0
    again = resolve(config.from_toml(Recipe, config.to_toml(once.recipe), RECIPE), data)
    assert again.preprocessing == once.preprocessing
    assert again.recipe == once.recipe


def test_the_network_of_spoken_words_hears_as_its_paper(heard_recipe: Recipe, tmp_path: Path) -> None:
    found = resolve(config.override(heard_recipe, {"net": "spoken_word"}), load_data(heard_recipe.data))
    expected = Spectrogram(rate=5333, window=2048 / 5333, hop=512 / 5333, bands=128, coefficients=20, frames=11)
    assert found.preprocessing.sound == expected  # type: ignore[union-attr]
    assert found.preprocessing.input == (1, 20, 11)


def test_any_network_of_images_hears_too(heard_recipe: Recipe) -> None:
    found = resolve(config.override(heard_recipe, {"net": "keras_cnn"}), load_data(heard_recipe.data))
    how = found.preprocessing.sound  # type: ignore[union-attr]
    assert how is not None
    assert found.preprocessing.input[1:] == (how.bands, how.frames)


def test_what_does_not_fit_is_refused(heard_recipe: Recipe) -> None:
    data = load_data(heard_recipe.data)
    with pytest.raises(
        NetworkError, match=r"a network for these sounds must read pictures of 13 rows, as `data.bands`"
    ):
        resolve(config.override(heard_recipe, {"net": "keras_cnn", "data.coefficients": "13"}), data)
    with pytest.raises(RecipeError, match=r"`augment.flip_horizontal` does not apply to the input kind sound"):
        resolve(config.override(heard_recipe, {"augment.flip_horizontal": "true"}), data)
