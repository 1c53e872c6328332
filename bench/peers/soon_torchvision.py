"""torchvision's reference of training a classifier at its defaults: ResNet-18, 224, batch 32, SGD, 90 epochs.

For the same network as the others only the model and the sizes of crop and resize differ.
"""

from typing import Any

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, RandomSampler

from neocog.build import build
from neocog.build.timm import import_with_torchvision
from neocog.network import parse
from peers.soon import Task, Told, serve
from peers.torchvision_reference import DEVIATION, MEAN

EPOCHS, WORKERS, BATCH = 90, 16, 32


def run(task: Task, told: Told) -> None:
    """Train and validate its 90 epochs."""
    datasets: Any = import_with_torchvision("torchvision.datasets")
    models: Any = import_with_torchvision("torchvision.models")
    transforms: Any = import_with_torchvision("torchvision.transforms")
    told.imported("torchvision", "torch")
    torch.manual_seed(task["seed"])
    same = "network" in task
    crop, whole = (task["side"], task["side"]) if same else (224, 256)
    gray = [transforms.Grayscale()] if same else []
    mean, deviation = (MEAN[:1], DEVIATION[:1]) if same else (MEAN, DEVIATION)
    finish = [*gray, transforms.PILToTensor(), transforms.ConvertImageDtype(torch.float)]
    finish.append(transforms.Normalize(mean=mean, std=deviation))
    varied = transforms.Compose([transforms.RandomResizedCrop(crop), transforms.RandomHorizontalFlip(0.5), *finish])
    still = transforms.Compose([transforms.Resize(whole), transforms.CenterCrop(crop), *finish])
    train_set = datasets.ImageFolder(f"{task['data']}/train", varied)
    val_set = datasets.ImageFolder(f"{task['data']}/val", still)
    training = DataLoader(train_set, batch_size=BATCH, sampler=RandomSampler(train_set), num_workers=WORKERS)
    validation = DataLoader(val_set, batch_size=BATCH, num_workers=WORKERS)
    if same:
        model: nn.Module = build(parse(task["network"]), task["seed"])
    else:
        model = models.get_model("resnet18", num_classes=task["classes"])
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    schedule = optim.lr_scheduler.StepLR(optimizer, step_size=30, gamma=0.1)
    loss_function = nn.CrossEntropyLoss()
    for _ in range(EPOCHS):
        model.train()
        for images, targets in training:
            loss = loss_function(model(images), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            told.seen(len(targets))
        schedule.step()
        model.eval()
        right = 0
        with torch.inference_mode():
            for images, targets in validation:
                right += int((model(images).argmax(1) == targets).sum())
        told.judged(right / len(val_set))


if __name__ == "__main__":
    serve(run)
