"""Nielsen's first network reads handwritten digits: 30 hidden sigmoids and nothing else, about 95 % right.

The quadratic cost of sigmoid outputs, mini-batches of 10, rate 3.0, weights drawn with deviation 1, as the book's
`network.py` has them, and pixels from 0 to 1: normalized ones saturate such large weights. The book holds out 10,000 of
60,000 images, and we 15 %.

Source: Nielsen, "Neural Networks and Deep Learning" (2015), chapter 1: `Network([784, 30, 10])`, 30 epochs, 10, 3.0.
Cost: 30 epochs of 5,100 steps, 24 thousand multiply-accumulates an image; about 5 minutes of one processor.
Expected: 95.1 % of the 10,000 test images (95 % interval 94.7 to 95.5; seed 0, the best of 30 epochs by validation). On
    9,000 validation images 92.6, 92.6 and 93.1 % after 4 epochs (seeds 0, 1, 2), where the book's algorithm in numpy
    has 92.5 %; 94.6 % after 30 (seed 0), in numpy 94.5 %.
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
