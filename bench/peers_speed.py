"""How fast training is beside other libraries and the compute-only limit, in one interleaved run.

    make bench
    .venv-bench/bin/python bench/peers_speed.py --set photos --repeats 9

*Small* is the zoo's `mnist_cnn` (batch 128, Adam) on a part of MNIST; *photos* is ResNet-18 (batch 32, side 224, random
crop, flip and color) on JPEG files of all sizes; *data* is such files alone, with more geometry and no network. Each
way runs in a process of its own and has the same training and validation images; the peers' set-up is theirs, at their
documented defaults and, where they say how, tuned. A library that is not installed is left out with the reason;
`bench/peers/requirements.txt` lists them.

*Training* is images a second of the training part of an epoch, *epoch* counts its validation and checkpoint too. The
limit is the best of some precisions, formats and threads. Ratios are medians over the rounds, each way against ours of
the same round. Prints a table and keeps every figure, with hardware and versions, in `bench/results/peers_speed.json`.
Rounds add to those made before of as many images on the same machine, so a long run can be made in pieces. The images
are looked for in `NEOCOG_SHARED`, else `../shared/data`.
"""

import argparse
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import samples
from common import keep, kept, spread
from turns import Record, Way, joined, rotate, to_records

from neocog.train.session import environment, now

OURS, LIMIT = "neocog", "compute-only limit"


def small(folder: Path, images: int, epochs: int) -> list[Way]:
    """The ways for small images."""
    data = samples.digits(folder / "digits", images)
    common: dict[str, object] = {
        "data": str(data.folder),
        "arrays": str(data.arrays),
        "net": "mnist_cnn",
        "classes": 10,
        "batch": 128,
        "epochs": epochs,
    }
    recipe = {"data.path": str(data.folder), "net": "mnist_cnn", "batch": "128", "optimizer.name": "adam"}
    recipe |= {"epochs": str(epochs), **_augment()}
    varied = recipe | _augment(rotation="8", translation="0.06")
    steps = {"optimizer": "adam", "steps": data.train // 128, "trial": 50}
    return [
        _ours(OURS, recipe, folder / "plain"),
        _ours(f"{OURS}, turned and shifted", varied, folder / "varied"),
        Way(name=LIMIT, peer="compute_limit", task=common | steps),
        Way(name="PyTorch", peer="plain_pytorch", task=common | {"tuned": False}),
        Way(name="PyTorch, tuned", peer="plain_pytorch", task=common | {"tuned": True, "workers": 2}),
        Way(name="Keras", peer="keras_fit", task=common | {"tuned": False}),
        Way(name="Keras, tuned", peer="keras_fit", task=common | {"tuned": True}),
        Way(name="fastai", peer="fastai_learner", task=common),
    ]


def photos(folder: Path, images: int, epochs: int) -> list[Way]:
    """The ways for photos."""
    data = samples.photos(folder / "photos", images)
    common: dict[str, object] = {
        "data": str(data.folder),
        "net": "resnet18",
        "classes": data.classes,
        "batch": 32,
        "epochs": epochs,
    }
    recipe = {"data.path": str(data.folder), "net": "resnet18", "batch": "32", "optimizer.name": "sgd"}
    recipe |= {"data.size": "224", "epochs": str(epochs)}
    recipe |= _augment(crop="0.08", flip_horizontal="true", brightness="0.2", contrast="1.4", saturation="1.4")
    steps = {"optimizer": "sgd", "steps": data.train // 32, "trial": 3}
    return [
        _ours(OURS, recipe, folder / "plain"),
        Way(name=LIMIT, peer="compute_limit", task=common | steps),
        Way(name="timm", peer="timm_train", task=common | {"tuned": False, "workers": 4}),
        Way(name="timm, tuned", peer="timm_train", task=common | {"tuned": True, "workers": 4}),
        Way(name="torchvision", peer="torchvision_reference", task=common | {"workers": 16}),
        Way(name="fastai", peer="fastai_learner", task=common),
    ]


def data(folder: Path, images: int, epochs: int) -> list[Way]:
    """The ways for data alone: photos read, moved in every way and recolored, and no network."""
    found = samples.photos(folder / "photos", images)
    common: dict[str, object] = {"data": str(found.folder), "batch": 32}
    recipe = {"data.path": str(found.folder), "net": "resnet18", "batch": "32", "data.size": "224"}
    recipe |= _augment(crop="0.35", flip_horizontal="true", rotation="8", translation="0.06", scale="1.1", shear="8")
    recipe |= {"augment.brightness": "0.2", "augment.contrast": "1.2", "augment.saturation": "1.4", "augment.hue": "10"}
    return [
        Way(name=OURS, peer="data_neocog", task={"recipe": recipe}),
        Way(name="torchvision v2", peer="data_loader", task=common | {"way": "images"}),
        Way(name="torchvision v2, tensors", peer="data_loader", task=common | {"way": "tensors"}),
        Way(name="albumentations", peer="data_loader", task=common | {"way": "albumentations"}),
    ]


def _ours(name: str, recipe: dict[str, str], folder: Path) -> Way:
    return Way(name=name, peer="neocog_train", task={"recipe": recipe, "folder": str(folder)})


def _augment(**chosen: str) -> dict[str, str]:
    """Only these augmentations."""
    none = {"scale": "1", "rotation": "0", "translation": "0", "brightness": "0", "contrast": "1"}
    return {f"augment.{name}": value for name, value in (none | chosen).items()}


def table(records: list[Record]) -> str:
    """The records as lines of text: images a second, how many times slower than ours, and memory."""
    head = f"{'images/s':<28}{'training':>10}{'least':>10}{'most':>10}{'ours is':>9}"
    lines = [f"{head}{'epoch':>10}{'ours is':>9}{'GB':>7}{'n':>4}"]
    ours = next(record for record in records if record.name == OURS)
    for record in records:
        if record.missing:
            lines.append(f"{record.name:<28}left out: {record.missing}")
            continue
        line = f"{record.name:<28}{spread(record.rates('training'))}{ours.share(record, 'training'):>8.2f}x"
        line += f"{record.rate('epoch'):>10,.0f}{ours.share(record, 'epoch'):>8.2f}x"
        lines.append(f"{line}{record.memory / 1e9:>7.2f}{len(record.counted):>4}")
    return "\n".join(lines)


SETS = {"small": (small, 60_000), "photos": (photos, 320), "data": (data, 560)}
"""What is measured, and on how many images by default."""


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="Images a second of training beside other libraries.")
    parser.add_argument("--set", choices=SETS, action="append", help="what to measure (all)")
    parser.add_argument("--only", action="append", help="a way to measure; may be repeated (all); ours always is")
    parser.add_argument("--images", type=int, help="images of the set, validation included")
    parser.add_argument("--repeats", type=int, default=3, help="rounds that count")
    parser.add_argument("--anew", action="store_true", help="drop the rounds made before of what is measured")
    chosen = parser.parse_args()
    found = {name: kept("peers_speed").get(name, {}) for name in SETS}
    for name in chosen.set or SETS:
        make, images = SETS[name]
        images = chosen.images or images
        goes_on = not chosen.anew and (found[name].get("machine"), found[name].get("images")) == (environment(), images)
        earlier = to_records(found[name]["ways"]) if goes_on else []
        after = 1 + max((turn.round for record in earlier for turn in record.turns), default=-1)
        with tempfile.TemporaryDirectory() as folder:
            ways = make(Path(folder), images, chosen.repeats + 1)
            if chosen.only:
                ways = [way for way in ways if way.name in (OURS, *chosen.only)]
            records = earlier
            for later in rotate(ways, chosen.repeats, after):
                records = joined(earlier, later)
                ways_kept = [asdict(record) for record in records]
                found[name] = {"time": now(), "machine": environment(), "images": images, "ways": ways_kept}
                keep("peers_speed", **found)
        print(f"{name}, {after + chosen.repeats} rounds\n{table(records)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
