"""The small network of the zoo, `mnist_cnn`, as PyTorch's users write it."""

from torch import nn


def mnist_cnn() -> nn.Module:
    """16 and 64 filters of 5x5, 256 hidden units, 10 classes."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 64, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(64 * 4 * 4, 256), nn.ReLU(),
        nn.Linear(256, 10),
    )  # fmt: skip
