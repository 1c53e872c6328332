"""torchvision's reference of training a classifier, at its defaults: presets, `ImageFolder`, SGD, figures a step."""

from typing import Any

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, RandomSampler

from neocog.build.timm import import_with_torchvision
from peers.turn import Task, Turns, serve

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def run(task: Task, turns: Turns) -> None:
    """Train and validate an epoch for each turn."""
    datasets: Any = import_with_torchvision("torchvision.datasets")
    models: Any = import_with_torchvision("torchvision.models")
    transforms: Any = import_with_torchvision("torchvision.transforms")
    turns.facts("torchvision", "torch", workers=task["workers"])
    finish = [
        transforms.PILToTensor(),
        transforms.ConvertImageDtype(torch.float),
        transforms.Normalize(mean=MEAN, std=DEVIATION),
    ]
    varied = transforms.Compose([transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(0.5), *finish])
    still = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), *finish])
    train_set = datasets.ImageFolder(f"{task['data']}/train", varied)
    val_set = datasets.ImageFolder(f"{task['data']}/val", still)
    training = DataLoader(
        train_set, batch_size=task["batch"], sampler=RandomSampler(train_set), num_workers=task["workers"]
    )
    validation = DataLoader(val_set, batch_size=task["batch"], num_workers=task["workers"])
    model = models.get_model(task["net"], num_classes=len(train_set.classes))
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    loss_function = nn.CrossEntropyLoss()

    for _ in turns:
        model.train()
        seen, told = 0, 0.0
        for images, targets in training:
            logits = model(images)
            loss = loss_function(logits, targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            told += loss.item()
            seen += len(targets)
        turns.trained(seen)
        model.eval()
        right = 0
        with torch.inference_mode():
            for images, targets in validation:
                right += int((model(images).argmax(1) == targets).sum())


if __name__ == "__main__":
    serve(run)
