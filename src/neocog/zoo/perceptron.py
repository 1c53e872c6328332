"""The perceptron (Rosenblatt, 1958): one layer of weights, and nothing before or behind it.

The sign belongs to predicting and the update rule to the recipe, so that the network ends in logits like every other.
"""

from neocog.network import Dense, Flatten, Network
from neocog.zoo.entry import paper_network


@paper_network(
    year=1958,
    paper='Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in the brain"',
)
def perceptron() -> Network:
    """One dense layer, 784 pixels to 10 classes: 7,850 parameters."""
    return Network(name="perceptron", input=(1, 28, 28), layers=(Flatten(), Dense(10)))
