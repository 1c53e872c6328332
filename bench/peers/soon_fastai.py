"""fastai: `ImageDataLoaders` or a `DataBlock` over the folder, a learner, `fit_one_cycle`.

By its documentation: a `vision_learner`, ResNet-18 on small images as they are (its book's chapter on MNIST), ResNet-34
on photos resized to 224 (its quick start), both without the pretrained weights, which cannot be fetched here; so the
cycle trains all layers. For the same network as the others: a `Learner` of it.
"""

from typing import Any

from neocog.build import build
from neocog.build.timm import import_with_torchvision
from neocog.network import parse
from peers.soon import Task, Told, serve

EPOCHS = {"mnist": 5, "neu": 20}


def run(task: Task, told: Told) -> None:
    """Let `fit_one_cycle` run."""
    vision: Any = import_with_torchvision("fastai.vision.all")
    told.imported("fastai", "torch")
    vision.set_seed(task["seed"])
    if "network" in task:
        block = vision.DataBlock(
            blocks=(vision.ImageBlock(vision.PILImageBW), vision.CategoryBlock),
            get_items=vision.get_image_files,
            get_y=vision.parent_label,
            splitter=vision.GrandparentSplitter(train_name="train", valid_name="val"),
            item_tfms=vision.Resize(task["side"]),
        )
        loaders = block.dataloaders(task["data"])
        learner = vision.Learner(
            loaders, build(parse(task["network"]), task["seed"]), loss_func=vision.CrossEntropyLossFlat(),
            metrics=vision.accuracy,
        )  # fmt: skip
    else:
        small = task["set"] == "mnist"
        loaders = vision.ImageDataLoaders.from_folder(
            task["data"], train="train", valid="val", item_tfms=None if small else vision.Resize(224)
        )
        body = vision.resnet18 if small else vision.resnet34
        learner = vision.vision_learner(loaders, body, pretrained=False, metrics=vision.accuracy)

    class Telling(vision.Callback):  # type: ignore[misc]
        order = 60  # after the recorder, which has the accuracy then

        def after_batch(self) -> None:
            if self.training:
                told.seen(len(self.y))

        def after_epoch(self) -> None:
            told.judged(float(self.learn.recorder.values[-1][2]))

    learner.add_cb(Telling())
    learner.fit_one_cycle(EPOCHS[task["set"]])


if __name__ == "__main__":
    serve(run)
