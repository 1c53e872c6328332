"""Plain PyTorch as its tutorials write it: a data set that opens one image at a time, a `DataLoader`, and a loop.

The images lie in memory as arrays, as torchvision's MNIST keeps them; each is made a Pillow image, a tensor from 0 to 1
and normalized. *Tuned* follows the performance guide: worker processes that stay, fused Adam, channels last, bfloat16.
"""

from contextlib import nullcontext

import numpy as np
import torch
from PIL import Image
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset

from neocog.build.timm import import_with_torchvision
from peers.networks import mnist_cnn
from peers.turn import Task, Turns, serve


class Digits(Dataset[tuple[torch.Tensor, int]]):
    """Images of one side of the split."""

    def __init__(self, path: str, side: str) -> None:
        transforms = import_with_torchvision("torchvision.transforms")
        arrays = np.load(path)
        self.images, self.targets = torch.from_numpy(arrays[side]), arrays[f"{side}_labels"]
        self.transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, place: int) -> tuple[torch.Tensor, int]:
        image = Image.fromarray(self.images[place].numpy())
        return self.transform(image), int(self.targets[place])


def run(task: Task, turns: Turns) -> None:
    """Train and validate an epoch for each turn."""
    tuned = task["tuned"]
    turns.facts("torch", "torchvision")
    workers = {"num_workers": task["workers"], "persistent_workers": True} if tuned else {}
    training = DataLoader(Digits(task["arrays"], "train"), batch_size=task["batch"], shuffle=True, **workers)
    validation = DataLoader(Digits(task["arrays"], "val"), batch_size=task["batch"], **workers)
    model = mnist_cnn()
    if tuned:
        model = model.to(memory_format=torch.channels_last)
    optimizer = optim.Adam(model.parameters(), lr=1e-3, fused=tuned or None)
    loss_function = nn.CrossEntropyLoss()

    def logits(images: torch.Tensor) -> torch.Tensor:
        images = images.contiguous(memory_format=torch.channels_last) if tuned else images
        with torch.autocast("cpu", dtype=torch.bfloat16) if tuned else nullcontext():
            return model(images).float()

    for _ in turns:
        model.train()
        seen = 0
        for images, targets in training:
            optimizer.zero_grad()
            loss_function(logits(images), targets).backward()
            optimizer.step()
            seen += len(targets)
        turns.trained(seen)
        model.eval()
        right = 0
        with torch.no_grad():
            for images, targets in validation:
                right += int((logits(images).argmax(1) == targets).sum())


if __name__ == "__main__":
    serve(run)
