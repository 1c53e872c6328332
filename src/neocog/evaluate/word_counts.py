"""The baseline for sentences: which words and pairs of words they hold, and a linear classifier.

Counts of words and of neighboring pairs, those that many sentences share counting less (TF-IDF; Sparck Jones, "A
statistical interpretation of term specificity", 1972), and logistic regression, both as scikit-learn has them. A
network of some hundred thousand sentences beats it, one of some thousand has to show that it does.
"""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from neocog.core.proportion import Proportion
from neocog.data.words import tokenize
from neocog.evaluate.handmade import Handmade

MOST_SENTENCES = 20_000
"""Sentences that it learns from and that it is judged on, at most: it has to be cheap."""

MEANS = "counts of words and word pairs with a linear classifier"
"""What it is called in a sentence."""

_STEPS = 1000


def word_counts(
    training: Sequence[bytes], labels: NDArray[np.int64], judged: Sequence[bytes], targets: NDArray[np.int64], of: int
) -> Handmade | None:
    """Learn from sentences (UTF-8) and their labels, and be judged on others; None with one class."""
    if len(np.unique(labels)) < 2:
        return None
    counter = TfidfVectorizer(analyzer=_terms)
    known = counter.fit_transform(_texts(training))
    machine = LogisticRegression(max_iter=_STEPS).fit(known, labels)
    right = int((machine.predict(counter.transform(_texts(judged))) == targets).sum())
    return Handmade(Proportion.of(right, len(targets)), len(labels), of, MEANS)


def _texts(sentences: Sequence[bytes]) -> list[str]:
    return [raw.decode("utf-8-sig") for raw in sentences]


def _terms(text: str) -> list[str]:
    """The words of a sentence, and its pairs of neighbors."""
    words = tokenize(text)
    return [*words, *(f"{one} {other}" for one, other in itertools.pairwise(words))]
