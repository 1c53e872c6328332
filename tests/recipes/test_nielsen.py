"""Nielsen's network on MNIST, beside the book's algorithm in numpy."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from neocog.model import load
from neocog.train import Epoch

EPOCHS = 4


def sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(0.5 + 0.5 * np.tanh(values / 2))


def by_the_book(images: NDArray[np.float32], labels: NDArray[np.uint8]) -> float:
    """Accuracy on 15 % of the images after learning from the others: backpropagation as chapter 2 has it."""
    draw = np.random.default_rng(0)
    shapes = ((784, 30), (30,), (30, 10), (10,))
    hidden, bias, output, last = (draw.normal(size=shape).astype(np.float32) for shape in shapes)
    targets = np.eye(10, dtype=np.float32)[labels]
    rows = draw.permutation(len(images))
    held, learned = np.split(rows, [len(rows) * 15 // 100])
    for _ in range(EPOCHS):
        for batch in draw.permutation(learned).reshape(-1, 10):
            read = sigmoid(images[batch] @ hidden + bias)
            said = sigmoid(read @ output + last)
            wrong = (said - targets[batch]) * said * (1 - said)
            back = (wrong @ output.T) * read * (1 - read)
            output -= 0.3 * read.T @ wrong
            last -= 0.3 * wrong.sum(axis=0)
            hidden -= 0.3 * images[batch].T @ back
            bias -= 0.3 * back.sum(axis=0)
    answers = sigmoid(images[held] @ hidden + bias) @ output + last
    return float((answers.argmax(axis=1) == labels[held]).mean())


@pytest.mark.slow
def test_it_learns_as_the_books_code_does(run: Callable[..., list[Epoch]], shared: Path, tmp_path: Path) -> None:
    """Shortened to 4 of its 30 epochs."""
    folder = shared / "mnist"
    with gzip.open(folder / "train-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8)[16:].reshape(-1, 784).astype(np.float32) / 255
    with gzip.open(folder / "train-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8)[8:]
    reached = run("nielsen_mlp", data__path=folder, epochs=EPOCHS)[-1].val_accuracy
    assert reached > 0.91
    assert reached == pytest.approx(by_the_book(images, labels), abs=0.015)
    preprocessing = load(tmp_path / "nielsen_mlp").preprocessing
    assert (preprocessing.mean, preprocessing.deviation) == ((0.0,), (1.0,)), "pixels from 0 to 1"
