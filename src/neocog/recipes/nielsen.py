"""Nielsen's first network reads handwritten digits: 30 hidden sigmoids and nothing else, about 95 % right.

The quadratic cost of sigmoid outputs, mini-batches of 10, rate 3.0, weights drawn with deviation 1, as the book's
`network.py` has them, and pixels from 0 to 1: normalized ones saturate such large weights. The book holds out 10,000 of
60,000 images, and we 15 %.

Source: Nielsen, "Neural Networks and Deep Learning" (2015), chapter 1: `Network([784, 30, 10])`, 30 epochs, 10, 3.0.
Cost: 30 epochs of 5,100 steps, 24 thousand multiply-accumulates an image; about 10 minutes of one processor.
Expected: EXPECTED
Command: neocog train mnist --recipe nielsen_mlp
"""

from neocog.data import DataOptions
from neocog.data.augment import NONE
from neocog.recipes.entry import experiment
from neocog.train import Recipe
from neocog.train.recipe import Loss, Optimizer, Schedule


@experiment
def nielsen_mlp() -> Recipe:
    """784-30-10 sigmoids by plain gradient descent on the quadratic cost."""
    return Recipe(
        net="mlp",
        data=DataOptions(normalize="none"),
        epochs=30,
        batch=10,
        augment=NONE,
        optimizer=Optimizer(name="sgd", rate=3.0, momentum=0.0, nesterov=False, weight_decay=0.0),
        schedule=Schedule(name="constant", warmup=0.0),
        loss=Loss(name="quadratic", output="sigmoid"),
    )
