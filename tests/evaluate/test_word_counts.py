"""The baseline for sentences: beside scikit-learn's own pipeline, on words that both cut alike."""

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from neocog.evaluate.word_counts import MEANS, word_counts

GOOD = ("fine acting", "so very good", "great fun for all", "good and great", "very fine indeed", "a good film")
BAD = ("so very dull", "bad acting", "no fun at all", "dull and bad", "very bad indeed", "a dull film")


def test_it_is_scikit_learns_pipeline() -> None:
    known = [*GOOD, *BAD]
    labels = np.array([1] * len(GOOD) + [0] * len(BAD))
    asked, targets = ["good fun", "bad film", "dull acting", "no good at all"], np.array([1, 0, 0, 0])
    found = word_counts([text.encode() for text in known], labels, [text.encode() for text in asked], targets, of=99)
    oracle = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\w+"), LogisticRegression())
    right = int((oracle.fit(known, labels).predict(asked) == targets).sum())
    assert found is not None
    assert (found.accuracy.hits, found.accuracy.n, found.learned, found.of, found.means) == (right, 4, 12, 99, MEANS)
    assert right >= 3


def test_one_class_cannot_be_told_from_another() -> None:
    assert word_counts([b"a", b"b"], np.array([1, 1]), [b"a"], np.array([1]), of=2) is None
