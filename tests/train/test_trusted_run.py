"""A real run knows what it does not know: it refuses noise, plain colors and other data, not its own test images."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neocog.core import config
from neocog.data import load as load_data
from neocog.data import prepare, prepared
from neocog.model import Model, predict
from neocog.model import load as load_model
from neocog.train import Note, Recipe, train

Images = np.ndarray


def noise(model: Model, count: int) -> dict[str, Images]:
    """Noise of several kinds and plain colors, as large as the model's input within its border."""
    generator, made = np.random.default_rng(5), model.preprocessing
    height, width = (side - 2 * made.border for side in made.size)
    shape = (count, made.channels, height, width)
    kinds = {
        "uniform": generator.integers(0, 256, shape),
        "black and white": 255 * generator.integers(0, 2, shape),
        "normal": np.clip(generator.normal(128, 40, shape), 0, 255),
        "plain": np.broadcast_to(generator.integers(0, 256, (count, made.channels, 1, 1)), shape),
    }
    edge = ((0, 0), (0, 0), (made.border, made.border), (made.border, made.border))
    return {name: np.pad(images.astype(np.uint8), edge) for name, images in kinds.items()}


def unsure(model: Model, images: Images) -> float:
    """The share of images that get no answer."""
    return 1 - float(np.mean([answer.sure for answer in predict(model, np.asarray(images))]))


def own_test_images(recipe: Recipe, model: Model) -> tuple[Images, np.ndarray]:
    """The images that the run sealed, and their classes."""
    data = load_data(recipe.data)
    rows = data.rows("test")
    return np.asarray(prepared(data.table, data.scan, rows, model.preprocessing)[:]), data.targets(rows)


def test_digits_are_told_from_noise_and_plain_colors(tmp_path: Path) -> None:
    recipe = config.override(
        Recipe(), {"data.path": "digits", "epochs": "8", "trust.error": "0.03", "compute.device": "cpu"}
    )
    events = list(train(recipe, tmp_path / "run"))
    model = load_model(tmp_path / "run")
    told = [event.text for event in events if isinstance(event, Note)][-1]
    assert told.startswith("to be wrong at most 3 % of the time, it answers")
    assert model.calibration is not None
    assert model.calibration["log_loss"] < model.calibration["log_loss_before"]
    assert model.temperature < 1, "label smoothing leaves a network too timid"
    for name, images in noise(model, 100).items():
        assert unsure(model, images) >= 0.95, name
    images, targets = own_test_images(recipe, model)
    answers = predict(model, images)
    given = [
        (answer.label == model.classes[target]) for answer, target in zip(answers, targets, strict=True) if answer.sure
    ]
    assert len(given) >= 0.85 * len(answers)
    assert np.mean(given) > 0.97


@pytest.mark.slow
def test_mnist_is_told_from_noise_plain_colors_and_steel(shared: Path, tmp_path: Path) -> None:
    recipe = config.override(
        Recipe(), {"data.path": str(shared / "mnist"), "net": "lenet5", "epochs": "3", "compute.device": "cpu"}
    )
    list(train(recipe, tmp_path / "run"))
    model = load_model(tmp_path / "run")
    for name, images in noise(model, 500).items():
        assert unsure(model, images) >= 0.95, name
    with zipfile.ZipFile(shared / "neu-surface-defects.zip") as archive:
        files = [name for name in archive.namelist() if name.endswith(".jpg")]
        steel = [np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB")) for name in files]
    assert unsure(model, np.stack([prepare(image, model.preprocessing) for image in steel])) >= 0.80
    assert unsure(model, own_test_images(recipe, model)[0]) <= 0.10
