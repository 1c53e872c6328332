"""ReLU against tanh: the same four layers of weights, and how soon each fits the training images.

As in AlexNet's figure 1 there is no regularization of any kind. Both take the same rate here. The paper chose for each
the rate that suits it best, and then, on small digits and with first weights scaled to the activation (He's and
Glorot's, younger than the figure), next to nothing is left of the difference.

Source: Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural networks", 2012,
    figure 1: on CIFAR-10 a four-layer network with ReLU gets to 25 % training error six times sooner than with tanh.
Cost: 12 epochs of 1,259 images, 0.6 million multiply-accumulates an image; less than a minute of one processor.
Expected: training loss 0.05 after 4, 4 and 5 epochs with ReLU and 10, 10 and 11 with tanh (seeds 0, 1, 2): 2.4 times
    sooner, not 6. Each at its best of the rates 0.003, 0.01, 0.03 and 0.1 (seed 0): loss 0.05 in epoch 4 with either,
    0.02 in epoch 4 (ReLU, 0.03) and 5 (tanh, 0.1).
Command: neocog train --recipe relu
    neocog train --recipe tanh
"""

from neocog.data import DataOptions
from neocog.data.augment import NONE
from neocog.network import Conv, Dense, Flatten, Layer, MaxPool, Network, ReLU, Tanh
from neocog.recipes.entry import experiment
from neocog.train import Recipe
from neocog.train.recipe import Loss, Optimizer, Schedule


@experiment
def relu() -> Recipe:
    """Four layers with ReLU on 8x8 digits."""
    return _four_layers("four_layers_relu", ReLU(), rate=0.01)


@experiment
def tanh() -> Recipe:
    """The same four layers with tanh."""
    return _four_layers("four_layers_tanh", Tanh(), rate=0.01)


def _four_layers(name: str, bend: Layer, rate: float) -> Recipe:
    network = Network(
        name=name,
        input=(1, 8, 8),
        layers=(
            Conv(16, 3, pad=1), bend,
            Conv(32, 3, pad=1), bend, MaxPool(2),
            Conv(64, 3, pad=1), bend, MaxPool(2), Flatten(),
            Dense(10),
        ),
    )  # fmt: skip
    return Recipe(
        net=name,
        network=repr(network),
        data=DataOptions(path="digits"),
        epochs=12,
        batch=32,
        augment=NONE,
        optimizer=Optimizer(name="sgd", rate=rate, momentum=0.9, nesterov=False, weight_decay=0.0),
        schedule=Schedule(name="constant", warmup=0.0),
        loss=Loss(label_smoothing=0.0),
    )
