"""Trains networks for masks on the drawn set and keeps what they reach on its sealed test set.

    cd docs && python -m mask_study.measure WORK       # an hour or two on one core; go on with the same command

WORK holds the drawn set and the runs. Every run is resumed where it was stopped, and its row is kept in `masks.json`
as soon as it is whole. The page is written by `python -m mask_study` (`make docs`).
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from mask_study.drawn import CLASSES, IMAGES, SIDE, draw
from neocog.core.files import atomic_write
from neocog.data import Augment, DataOptions
from neocog.evaluate.judge import evaluate
from neocog.network import BatchNorm, Conv, Layer, MaxPool, Network, ReLU, Upsample, cost
from neocog.train import Recipe, train
from neocog.train.recipe import Compute
from neocog.zoo import network as of_zoo

KEPT = Path(__file__).resolve().parent / "masks.json"
EPOCHS = 40
DILATIONS = (1, 1, 2, 4, 8, 16, 1)
_WIDTH = 32


@dataclass(frozen=True)
class Case:
    """A network that is trained: its name on the page, and what `net` says."""

    name: str
    net: str = ""
    dilations: tuple[int, ...] = ()

    def network(self) -> Network:
        """The network for the drawn set."""
        if self.net:
            return of_zoo(self.net, classes=len(CLASSES), side=SIDE)
        return context(self.dilations)


CASES = (
    Case("FCN-32s", "fcn32s_012"),
    Case("FCN-16s", "fcn16s_012"),
    Case("FCN-8s", "fcn8s_012"),
    Case("U-Net", "unet_012"),
    Case("context, dilated", dilations=DILATIONS),
    Case("context, not dilated", dilations=(1,) * len(DILATIONS)),
)


def context(dilations: tuple[int, ...]) -> Network:
    """Two stages, then the context module on a quarter of the sides, then interpolation up again."""

    def one(channels: int, dilation: int = 1) -> tuple[Layer, ...]:
        return (Conv(channels, 3, pad=dilation, dilation=dilation, bias=False), BatchNorm(), ReLU())

    layers = [*one(16), *one(16), MaxPool(2), *one(_WIDTH), *one(_WIDTH), MaxPool(2)]
    for dilation in dilations:
        layers += one(_WIDTH, dilation)
    layers += [Conv(len(CLASSES), 1), Upsample(4, mode="bilinear")]
    return Network(input=(3, SIDE, SIDE), layers=tuple(layers))


def measure(work: Path, kept: Path = KEPT, cases: tuple[Case, ...] = CASES, epochs: int = EPOCHS) -> None:
    """Train what is not kept yet, and keep it."""
    data = work / "shapes"
    if len(list(data.glob("masks/*.png"))) < IMAGES:
        draw(data)
    rows = json.loads(kept.read_text()) if kept.exists() else []
    for case in cases:
        if any(row["name"] == case.name for row in rows):
            continue
        network = case.network()
        file = work / f"{case.name.replace(', ', '-').replace(' ', '-')}.network"
        file.write_text(repr(network))
        recipe = Recipe(
            net=case.net or str(file),
            epochs=epochs,
            batch=16,
            data=DataOptions(path=str(data), size=SIDE),
            augment=Augment(flip_horizontal=True, flip_vertical=True),
            compute=Compute(threads=1, precision="float32"),
        )
        out = work / file.stem
        for _ in train(recipe, out, resume=True):
            pass
        report = evaluate(out).to_dict()
        figures = ("mean_iou", "mean_iou_low", "mean_iou_high", "pixel_accuracy")
        rows.append(
            {
                "name": case.name,
                "net": case.net,
                "parameters": cost(network).params,
                "macs": cost(network).macs,
                "n": report["n"],
                **{figure: round(report[figure], 4) for figure in figures},
                "iou": {each["class"]: round(each["iou"], 4) for each in report["per_class"]},
            }
        )
        atomic_write(kept, json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    measure(Path(sys.argv[1]))
