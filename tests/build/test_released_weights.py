"""Weights that others trained, taken over by name: the logits of real photographs are those of the reference.

The reference was computed elsewhere, in plain PyTorch; its figures are rounded to four places.
"""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from neocog import zoo
from neocog.build import build, load_weights, read_weights

RELEASED = {
    "squeezenet1_1": ("squeezenet1_1", "squeezenet1_1_imagenet_tvnames.pth"),
    "mobilenet_v1_075": ("mobilenetv1_075", "mobilenetv1_075_imagenet_timmnames.pth"),
}
"""The reference's name for a network, and the file of its weights."""
CLOSE = 1e-3
IMAGES = 20


def prepared(data: bytes) -> torch.Tensor:
    """Shorter side to 256, the middle 224x224, values from 0 to 1: 3 H W."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    short = min(image.size)
    width, height = (round(256 * side / short) for side in image.size)
    left, top = (width - 224) // 2, (height - 224) // 2
    image = image.resize((width, height), Image.Resampling.BILINEAR).crop((left, top, left + 224, top + 224))
    return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1) / 255


def normalized(name: str, images: torch.Tensor) -> torch.Tensor:
    """As the weights were trained: ImageNet's mean and deviation, or from -1 to 1."""
    preparation = zoo.get(name).preparation
    assert preparation is not None
    mean, deviation = torch.tensor(preparation.mean), torch.tensor(preparation.deviation)
    return (images - mean.view(3, 1, 1)) / deviation.view(3, 1, 1)


@pytest.mark.parametrize("name", RELEASED)
def test_released_weights_give_the_reference_logits(name: str, shared: Path, tmp_path: Path) -> None:
    called, file = RELEASED[name]
    with zipfile.ZipFile(shared / "imagenet-backbones.zip") as archive:
        weights = read_weights(Path(archive.extract(f"imagenet-backbones/{file}", tmp_path)))
    model = build(zoo.network(name), device="meta").to_empty(device="cpu").eval()
    assert load_weights(model, weights, zoo.get(name).foreign).note == f"{len(weights)} tensors loaded"
    with zipfile.ZipFile(shared / "imagenet-sample-100.zip") as archive:
        reference = json.loads(archive.read("imagenet-sample-100/reference-predictions.json"))[called]
        first = reference["logits_first8"]
        paths = [*first, *(path for path in reference["top5_indices"] if path not in first)][:IMAGES]
        images = torch.stack([prepared(archive.read(f"imagenet-sample-100/{path}")) for path in paths])
    with torch.no_grad():
        logits = model(normalized(name, images))
    expected = torch.tensor([first[path] for path in paths[: len(first)]])
    assert (logits[: len(first), :8] - expected).abs().max() <= CLOSE
    assert logits.topk(5).indices.tolist() == [reference["top5_indices"][path] for path in paths]
