"""Data alone by a `DataLoader` over JPEG files: torchvision v2 on Pillow images or tensors, or albumentations.

All vary the same: a random crop, a flip, one affine map, and brightness, contrast, saturation and hue, then normalize.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch.utils.data import DataLoader

from neocog.build.timm import import_with_torchvision
from peers.torchvision_reference import DEVIATION, MEAN
from peers.turn import Task, Turns, serve


def run(task: Task, turns: Turns) -> None:
    """Take the batches of an epoch for each turn."""
    datasets: Any = import_with_torchvision("torchvision.datasets")
    if task["way"] == "albumentations":
        turns.facts("albumentations", "opencv-python-headless")
        load, vary = _albumentations()
    else:
        turns.facts("torchvision", "pillow")
        load, vary = datasets.folder.default_loader, _torchvision(tensors=task["way"] == "tensors")
    files = datasets.ImageFolder(f"{task['data']}/train", vary, loader=load)
    loader = DataLoader(
        files, batch_size=task["batch"], shuffle=True, drop_last=True, num_workers=2, persistent_workers=True
    )
    for _ in turns:
        turns.trained(sum(len(images) for images, _ in loader))


def _torchvision(tensors: bool) -> Callable[[Any], torch.Tensor]:
    """Its transforms v2, on tensors of uint8 as its guide advises, or on Pillow images."""
    v2: Any = import_with_torchvision("torchvision.transforms.v2")
    vary = [
        v2.RandomResizedCrop(224, scale=(0.35, 1.0), antialias=True),
        v2.RandomHorizontalFlip(),
        v2.RandomAffine(
            8, translate=(0.06, 0.06), scale=(0.9, 1.1), shear=8, interpolation=v2.InterpolationMode.BILINEAR
        ),
        v2.ColorJitter(brightness=0.2, contrast=0.2, saturation=0.4, hue=0.03),
    ]
    first, last = ([v2.ToImage()], []) if tensors else ([], [v2.ToImage()])
    finish = [v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, DEVIATION)]
    return v2.Compose([*first, *vary, *last, *finish])  # type: ignore[no-any-return]


def _albumentations() -> tuple[Callable[[str], Any], Callable[[Any], torch.Tensor]]:
    """How its guide reads a file, by OpenCV, and its transforms."""
    import albumentations
    import cv2
    from albumentations.pytorch import ToTensorV2

    def load(path: str) -> Any:
        return cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)

    vary = albumentations.Compose(
        [
            albumentations.RandomResizedCrop((224, 224), scale=(0.35, 1.0)),
            albumentations.HorizontalFlip(p=0.5),
            albumentations.Affine(
                rotate=(-8, 8), translate_percent=(-0.06, 0.06), scale=(0.9, 1.1), shear=(-8, 8), p=1.0
            ),
            albumentations.ColorJitter(
                brightness=(0.8, 1.2), contrast=(0.8, 1.2), saturation=(0.6, 1.4), hue=(-0.03, 0.03), p=1.0
            ),
            albumentations.Normalize(MEAN, DEVIATION),
            ToTensorV2(),
        ]
    )
    return load, lambda image: vary(image=image)["image"]


if __name__ == "__main__":
    serve(run)
