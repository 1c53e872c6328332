"""The perceptron's own rule: after each mistake the image is added to the right class and taken from the wrong one.

The loss `perceptron` is by how much the best wrong class beats the right one, 0 where the right one wins. With batches
of one image and rate 1, a step down its gradient is Rosenblatt's correction. Where the classes can be divided by
planes, it makes a finite number of mistakes (Novikoff, 1962), and from then on no weight moves.

Source: Rosenblatt, "The perceptron", Psychological Review, 1958; with several classes Duda and Hart, 1973.
Cost: 100 epochs of 1,259 steps, an image a step; about 4 minutes of one processor.
Expected: no more mistakes on the first 300 digits, of which 210 train, after epochs 11, 10 and 9 (seeds 0, 1, 2). On
    all digits 94 to 97 % of 269 validation images in epochs 5 to 10 (seed 0).
Command: neocog train --recipe perceptron
"""

from neocog.data import DataOptions
from neocog.data.augment import NONE
from neocog.recipes.entry import experiment
from neocog.train import Recipe
from neocog.train.recipe import Loss, Optimizer, Schedule


@experiment
def perceptron() -> Recipe:
    """One dense layer on 8x8 digits, corrected after each mistake."""
    return Recipe(
        net="perceptron",
        data=DataOptions(path="digits", size=8),
        epochs=100,
        batch=1,
        augment=NONE,
        optimizer=Optimizer(name="sgd", rate=1.0, momentum=0.0, nesterov=False, weight_decay=0.0),
        schedule=Schedule(name="constant", warmup=0.0),
        loss=Loss(name="perceptron"),
    )
