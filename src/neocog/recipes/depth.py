"""Plain against residual depth: 56 plain layers fit worse than 20, and with shortcuts depth no longer harms.

It is no overfitting, since the training loss is what is higher: the identity would be as good a solution, and gradient
descent does not find it through so many layers. The networks are the paper's for CIFAR-10, on digits of 8x8 pixels so
that the figure shows within minutes; and the paper's rate at its batch of 128 is a quarter of that at ours of 32.

Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", 2015, figures 1 and 6; batch norm after
    each convolution, momentum 0.9, rate 0.1 for 128 images a step, weight decay 1e-4.
Cost: 5 epochs of 1,259 images, 3 (20 layers) and 8 (56) million multiply-accumulates an image; 4 and 11 seconds of one
    processor.
Expected: training loss of the fifth epoch with seeds 0, 1, 2: plain 0.139, 0.127, 0.178 with 20 layers and 1.76, 2.28,
    2.25 with 56; with shortcuts 0.014, 0.025, 0.025 with 20 and 0.023, 0.043, 0.034 with 56. The 56 plain layers have
    hardly begun (chance is 2.30); with shortcuts they fit better than 20 plain ones, if not yet than 20 with shortcuts.
Command: neocog train --recipe plain20
    neocog train --recipe plain56
    neocog train --recipe residual20
    neocog train --recipe residual56
"""

from neocog.data import DataOptions
from neocog.data.augment import NONE
from neocog.recipes.entry import experiment
from neocog.train import Recipe
from neocog.train.recipe import Loss, Optimizer, Schedule


@experiment
def plain20() -> Recipe:
    """20 layers, one after the other."""
    return _deep("plain20")


@experiment
def plain56() -> Recipe:
    """56 layers, one after the other."""
    return _deep("plain56")


@experiment
def residual20() -> Recipe:
    """20 layers with shortcuts."""
    return _deep("resnet20")


@experiment
def residual56() -> Recipe:
    """56 layers with shortcuts."""
    return _deep("resnet56")


def _deep(net: str) -> Recipe:
    return Recipe(
        net=net,
        data=DataOptions(path="digits", size=8),
        epochs=5,
        batch=32,
        augment=NONE,
        optimizer=Optimizer(name="sgd", rate=0.025, momentum=0.9, nesterov=False, weight_decay=1e-4),
        schedule=Schedule(name="constant", warmup=0.0),
        loss=Loss(label_smoothing=0.0),
    )
