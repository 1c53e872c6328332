"""AlexNet as it was trained for ImageNet: momentum, a rate that falls by ten on each plateau, flips and crops.

Two things differ from the paper. Its crops have one size, 227 of 256 pixels, and ours at least that share of the area;
the changes of color along principal components are left out, as the lectures do. The plateau is of the validation loss.

Source: Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural networks", 2012, sections
    4 and 5: batch 128, momentum 0.9, weight decay 0.0005, rate 0.01, dropout 0.5 in the dense layers, 90 epochs.
Cost: 90 epochs of 1.2 million images, 0.7 billion multiply-accumulates an image; five to six days on two GPUs of 2012.
Expected: top-5 error 18.2 % on ILSVRC-2012 validation, one network, ten crops (published; not measured here).
Command: neocog train imagenet --recipe alexnet
"""

from dataclasses import replace

from neocog.data.augment import NONE
from neocog.recipes.entry import experiment
from neocog.train import Recipe
from neocog.train.recipe import Loss, Optimizer, Schedule

CROP = (227 / 256) ** 2
"""The share of the area that the paper's crops keep."""


@experiment
def alexnet() -> Recipe:
    """The network of 2012 for photographs in class folders."""
    return Recipe(
        net="alexnet",
        epochs=90,
        batch=128,
        augment=replace(NONE, flip_horizontal=True, crop=CROP, crop_aspect=1.0),
        optimizer=Optimizer(name="sgd", rate=0.01, momentum=0.9, nesterov=False, weight_decay=5e-4),
        schedule=Schedule(name="plateau", warmup=0.0, factor=0.1),
        loss=Loss(label_smoothing=0.0),
    )
