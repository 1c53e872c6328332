"""Whether training on the cached images costs accuracy, beside decoding the original files for every epoch.

    python bench/originals.py --weights mobilenetv1_075_imagenet_timmnames.pth
    python bench/originals.py --weights FILE --views 8 --heads 20

Both ways see the same crops, mirrored and recolored alike, epoch for epoch. *Cached* samples them once from squashed
images, as training does. *Original* decodes each file and lets Pillow resize the box that was drawn, anti-aliased.
A trained body makes codes of both, and a last layer learns on them: the same first weights, the same order, the same
validation images, prepared once. Only the pixels differ, so a difference of a tenth of a point would show in the mean
over heads. Prints accuracies in percent, and keeps them in `bench/results/originals.json`.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from common import keep, real
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from neocog.build import build, tapped
from neocog.core.config import override
from neocog.data import Augment, Dataset, Preprocessing, augmented, load, looks, normalize, prepared, squashed
from neocog.data.augment import NONE, draw_parameters
from neocog.data.color import recolor
from neocog.data.decode import decode
from neocog.data.geometry import frame
from neocog.train import Recipe
from neocog.train.compute import autocast
from neocog.train.recipe import Compute
from neocog.train.resolve import initialize, resolve

SETS = ("neu-surface-defects.zip", "ants-bees-photos.zip")
AUGMENT = override(
    Recipe(augment=NONE),
    {f"augment.{name}": value for name, value in (
        ("crop", "0.35"), ("flip_horizontal", "true"), ("brightness", "0.1"), ("contrast", "1.2"),
    )},
).augment  # fmt: skip
COMPUTE = Compute(device="cpu", precision="bf16", channels_last=True)
BATCH = 30
CODES = "pool1"
"""The layer of the network whose output the head learns from."""


class Views:
    """The training images of a set as either way makes them."""

    def __init__(self, data: Dataset, preprocessing: Preprocessing, augment: Augment) -> None:
        self.data, self.preprocessing, self.augment = data, preprocessing, augment
        self.rows = data.rows("train")
        self.keys = data.sample_key(self.rows)
        self.images, self.aspects = squashed(
            data.table, data.scan, self.rows, max(preprocessing.size), preprocessing.channels
        )

    def both(self, places: np.ndarray, epoch: int) -> tuple[Tensor, Tensor]:
        """Cached and original, N C H W as the network takes them."""
        keys, aspects = self.keys[places], self.aspects[places]
        drawing = {"seed": 0, "epoch": epoch, "samples": keys}
        got = looks(aspects, self.preprocessing, self.augment, self.images.shape[2], **drawing)
        cached = augmented(torch.from_numpy(self.images[places]), got, self.preprocessing)
        laid = frame(self.preprocessing, aspects)
        drawn = draw_parameters(self.augment, laid, **drawing)
        pixels = [
            self._cut(int(self.rows[place]), box, half, flip < 0)
            for place, box, half, flip in zip(places, drawn["crop"], laid.image, drawn["flip_horizontal"], strict=True)
        ]
        return cached, recolor(torch.from_numpy(np.stack(pixels)).float(), got.colors)

    def _cut(self, row: int, box: np.ndarray, half: np.ndarray, mirrored: bool) -> np.ndarray:
        """The box (half width, half height, center, in the frame's unit) of an original, C H W."""
        image = Image.fromarray(decode(self.data.table.source.read(row)).pixels)
        size = np.array(image.size)
        first, last = ((1 + (box[2:] + sign * box[:2]) / half) / 2 * size for sign in (-1, 1))
        edges = [*np.clip(first, 0, size), *np.clip(last, 0, size)]
        height, width = self.preprocessing.size
        pixels = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR, box=tuple(edges)))
        pixels = pixels.reshape(height, width, -1).transpose(2, 0, 1)
        return pixels[:, :, ::-1] if mirrored else pixels


def study(name: str, weights: str, views: int, heads: int) -> dict[str, object]:
    """Accuracy of each head by either way, and how far apart the pixels are."""
    path = real(name)
    if path is None:
        raise SystemExit(0)
    recipe = override(Recipe(), {"data.path": str(path), "net": "mobilenet_v1_075", "init": weights})
    data = load(recipe.data)
    resolved = resolve(recipe, data)
    module = build(resolved.network, 0, resolved.init)
    initialize(module, resolved)
    body = tapped(module.eval(), [CODES])

    def codes(images: Tensor) -> Tensor:
        with torch.no_grad(), autocast(COMPUTE):
            found: Tensor = body(images.contiguous(memory_format=torch.channels_last))[CODES]
        return found.flatten(1).float()

    made = Views(data, resolved.preprocessing, AUGMENT)
    apart, ways = [], {"cached": [], "original": []}
    for epoch in range(views):
        parts = []
        for places in _parts(np.arange(len(made.rows))):
            cached, original = made.both(places, epoch)
            apart.append(float((cached - original).abs().mean()))
            parts.append((codes(cached), codes(original)))
        for way, found in zip(ways.values(), zip(*parts, strict=True), strict=True):
            way.append(torch.cat(found))
    val = data.rows("val")
    pixels = prepared(data.table, data.scan, val, resolved.preprocessing)
    judged = torch.cat([codes(normalize(torch.from_numpy(part), resolved.preprocessing)) for part in _parts(pixels)])
    targets = torch.from_numpy(data.targets(made.rows))
    answers = torch.from_numpy(data.targets(val))
    accuracies = {
        way: [100 * head(each, targets, judged, answers, seed) for seed in range(heads)] for way, each in ways.items()
    }
    return {"validation": len(val), "deviations_apart": statistics.fmean(apart), "accuracies": accuracies}


def _parts(array: np.ndarray) -> list[np.ndarray]:
    return np.array_split(array, -(-len(array) // BATCH))


def head(views: Sequence[Tensor], targets: Tensor, judged: Tensor, answers: Tensor, seed: int) -> float:
    """The validation accuracy of a last layer that has learned from these codes, an epoch a view, four times over."""
    generator = torch.Generator().manual_seed(seed)
    layer = nn.Linear(views[0].shape[1], int(targets.max()) + 1)
    nn.init.normal_(layer.weight, std=0.01, generator=generator)
    nn.init.zeros_(layer.bias)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.01)
    for codes in [*views] * 4:
        for part in torch.randperm(len(targets), generator=generator).split(BATCH):
            optimizer.zero_grad()
            functional.cross_entropy(layer(codes[part]), targets[part]).backward()
            optimizer.step()
    return float((layer(judged).argmax(1) == answers).float().mean())


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="Accuracy on cached images beside that on original files.")
    parser.add_argument("--weights", required=True, help="trained weights of mobilenet_v1_075")
    parser.add_argument("--views", type=int, default=6, help="epochs of different crops")
    parser.add_argument("--heads", type=int, default=20, help="last layers that are trained, each from its own seed")
    chosen = parser.parse_args()
    found = {}
    for name in SETS:
        found[Path(name).stem] = figures = study(name, chosen.weights, chosen.views, chosen.heads)
        accuracies = figures["accuracies"]
        means = {way: statistics.fmean(each) for way, each in accuracies.items()}  # type: ignore[union-attr]
        apart = [a - b for a, b in zip(*accuracies.values(), strict=True)]  # type: ignore[union-attr]
        print(
            f"{name:<26} cached {means['cached']:.2f} %  original {means['original']:.2f} %  difference "
            f"{statistics.fmean(apart):+.2f} points ({min(apart):+.2f} to {max(apart):+.2f}, {chosen.heads} heads)"
        )
    keep("originals", views=chosen.views, sets=found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
