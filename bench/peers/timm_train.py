"""timm's own training script: its data set, loader, transforms, network, loss and optimizer at the script's defaults.

*Tuned* is the script under `--amp --amp-dtype bfloat16 --channels-last`.
"""

from contextlib import nullcontext
from typing import Any

import torch

from neocog.build.timm import import_with_torchvision
from peers.turn import Task, Turns, serve


def run(task: Task, turns: Turns) -> None:
    """Train and validate an epoch for each turn."""
    timm: Any = import_with_torchvision("timm")
    data, losses, optimizers = (import_with_torchvision(f"timm.{name}") for name in ("data", "loss", "optim"))
    turns.facts("timm", "torch", workers=task["workers"])
    tuned = task["tuned"]
    model = timm.create_model(task["net"], num_classes=task["classes"])
    if tuned:
        model = model.to(memory_format=torch.channels_last)
    config = data.resolve_data_config({}, model=model)
    common = {
        "input_size": config["input_size"],
        "batch_size": task["batch"],
        "mean": config["mean"],
        "std": config["std"],
        "num_workers": task["workers"],
        "device": torch.device("cpu"),
    }
    training = data.create_loader(
        data.create_dataset("", task["data"], split="train"), is_training=True, interpolation="random", **common
    )
    validation = data.create_loader(
        data.create_dataset("", task["data"], split="val"),
        interpolation=config["interpolation"],
        crop_pct=config["crop_pct"],
        **common,
    )
    optimizer = optimizers.create_optimizer_v2(model, opt="sgd", lr=0.05, momentum=0.9, weight_decay=2e-5)
    loss_function = losses.LabelSmoothingCrossEntropy(smoothing=0.1)

    def logits(images: torch.Tensor) -> torch.Tensor:
        images = images.contiguous(memory_format=torch.channels_last) if tuned else images
        with torch.autocast("cpu", dtype=torch.bfloat16) if tuned else nullcontext():
            return model(images)

    for _ in turns:
        model.train()
        seen = 0
        for images, targets in training:
            loss = loss_function(logits(images), targets)
            optimizer.zero_grad()
            loss.backward()
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
