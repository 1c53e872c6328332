"""fastai as its tutorials have it: `ImageDataLoaders` or a `DataBlock` over a folder, a `Learner`, `fit_one_cycle`."""

from typing import Any

from torch import nn

from neocog.build.timm import import_with_torchvision
from peers.networks import mnist_cnn
from peers.turn import Task, Turns, serve


def run(task: Task, turns: Turns) -> None:
    """Let `fit_one_cycle` go on by an epoch for each turn."""
    vision: Any = import_with_torchvision("fastai.vision.all")
    turns.facts("fastai", "torch")
    if task["net"] == "mnist_cnn":
        block = vision.DataBlock(
            blocks=(vision.ImageBlock(vision.PILImageBW), vision.CategoryBlock),
            get_items=vision.get_image_files,
            get_y=vision.parent_label,
            splitter=vision.GrandparentSplitter(train_name="train", valid_name="val"),
        )
        loaders = block.dataloaders(task["data"], bs=task["batch"])
        model: nn.Module = mnist_cnn()
    else:
        loaders = vision.ImageDataLoaders.from_folder(
            task["data"],
            train="train",
            valid="val",
            item_tfms=vision.RandomResizedCrop(224),
            batch_tfms=vision.aug_transforms(),
            bs=task["batch"],
        )
        models = import_with_torchvision("torchvision.models")
        model = models.get_model(task["net"], num_classes=loaders.c)

    class Turn(vision.Callback):  # type: ignore[misc]
        def before_epoch(self) -> None:
            turns.begin()

        def after_train(self) -> None:
            turns.trained(len(loaders.train) * task["batch"])

        def after_epoch(self) -> None:
            turns.end()

    learner = vision.Learner(
        loaders, model, loss_func=vision.CrossEntropyLossFlat(), metrics=vision.accuracy, cbs=Turn()
    )
    learner.fit_one_cycle(task["epochs"])


if __name__ == "__main__":
    serve(run)
