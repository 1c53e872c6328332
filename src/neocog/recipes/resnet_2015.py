"""ResNet as it was trained for ImageNet: batch norm bears ten times AlexNet's rate, and no dropout is needed.

The paper enlarges the shorter side to 256 up to 480 pixels and crops 224, which keeps a fifth of the area at least; its
changes of color are left out, as the lectures do. The plateau is of the validation loss.

Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", 2015, section 3.4: batch 256, momentum
    0.9, weight decay 0.0001, rate 0.1, 600,000 steps.
Cost: 120 epochs of 1.2 million images, 3.9 billion multiply-accumulates an image; days on several GPUs.
Expected: top-5 error 6.71 % on ILSVRC-2012 validation, one network, ten crops (published; not measured here).
Command: neocog train imagenet --recipe resnet
    neocog train imagenet --recipe resnet --net resnet18
"""

from dataclasses import replace

from neocog.data.augment import NONE
from neocog.recipes.entry import experiment
from neocog.train import Recipe
from neocog.train.recipe import Loss, Optimizer, Schedule

CROP = (224 / 480) ** 2
"""The smallest share of the area that the paper's crops keep."""


@experiment
def resnet() -> Recipe:
    """ResNet-50 for photographs in class folders."""
    return Recipe(
        net="resnet50",
        epochs=120,
        batch=256,
        augment=replace(NONE, flip_horizontal=True, crop=CROP, crop_aspect=1.0),
        optimizer=Optimizer(name="sgd", rate=0.1, momentum=0.9, nesterov=False, weight_decay=1e-4),
        schedule=Schedule(name="plateau", warmup=0.0, factor=0.1),
        loss=Loss(label_smoothing=0.0),
    )
