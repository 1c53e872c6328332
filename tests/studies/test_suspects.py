"""Confident learning: by hand, beside cleanlab where it is installed, and on labels that were planted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neocog.core.proportion import Proportion
from neocog.studies import Suspect, Suspects, judges, suspects_title
from neocog.studies.suspects import calibrated_joint, confident_joint, estimated_errors, rank, thresholds

BY_HAND = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.4, 0.6], [0.1, 0.9], [0.7, 0.3]])
LABELS = np.array([0, 0, 0, 1, 1, 1])


def answers(seed: int, count: int, classes: int, share: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Labels of which a share is wrong, and probabilities of networks that know better, mostly."""
    random = np.random.default_rng(seed)
    true = random.integers(0, classes, count)
    scores = random.normal(size=(count, classes))
    scores[np.arange(count), true] += 4
    chances = np.exp(scores)
    wrong = random.random(count) < share
    labels = np.where(wrong, (true + random.integers(1, classes, count)) % classes, true)
    return labels, chances / chances.sum(axis=1, keepdims=True)


class TestByHand:
    """Class 0 is 0.6 sure of itself ((0.9 + 0.7 + 0.2) / 3), class 1 also ((0.6 + 0.9 + 0.3) / 3)."""

    def test_thresholds(self) -> None:
        assert thresholds(LABELS, BY_HAND) == pytest.approx([0.6, 0.6])

    def test_the_joint(self) -> None:
        """One image of 0 is confidently a 1, one of 1 confidently a 0."""
        assert confident_joint(LABELS, BY_HAND).tolist() == [[2, 1], [1, 2]]
        assert estimated_errors(LABELS, BY_HAND) == 2

    def test_the_order(self) -> None:
        """Margins: 0.8, 0.4, -0.6, 0.2, 0.8, -0.4."""
        assert rank(LABELS, BY_HAND).tolist() == [2, 5, 3, 1, 0, 4]

    def test_who_reaches_no_threshold_is_not_counted(self) -> None:
        chances = np.array([[0.95, 0.05], [0.55, 0.45], [0.05, 0.95], [0.1, 0.9]])
        joint = confident_joint(np.array([0, 0, 1, 1]), chances)
        assert joint.tolist() == [[1, 0], [0, 1]]
        assert calibrated_joint(np.array([0, 0, 1, 1]), chances).tolist() == [[2, 0], [0, 2]]

    def test_a_class_without_images_has_no_threshold(self) -> None:
        chances = np.array([[0.5, 0.1, 0.4], [0.3, 0.2, 0.5]])
        assert thresholds(np.array([0, 2]), chances).tolist() == [0.5, np.inf, 0.5]
        assert confident_joint(np.array([0, 2]), chances)[:, 1].tolist() == [0, 0, 0]


class TestWhatIsSaid:
    """The judges' own mistakes weaken the finding."""

    @staticmethod
    def told(estimated: int, differ: int) -> tuple[str, str]:
        one = Suspect(0, "0.png", "train", "cat", "dog", 0.1, 0.9)
        found = Suspects((one,) * differ, estimated, Proportion.of(100 - differ, 100))
        return suspects_title(found), judges(found)

    def test_good_judges_say_that_labels_are_wrong(self) -> None:
        title, words = self.told(6, 10)
        assert title == "About 6 of 100 labels are probably wrong"
        assert words.startswith("Networks that had not learned from an image named 90.0 % (")
        assert words.endswith(" of 100 by their label.")

    def test_poor_judges_doubt_them(self) -> None:
        title, words = self.told(5, 40)
        assert title == "About 5 of 100 labels are in doubt"
        assert "named 60.0 % (" in words
        assert "Where they differ, on 40, most may well be their own mistakes: take what follows as images to" in words
        assert self.told(1, 2)[0] == "About 1 of 100 labels is in doubt", "half is not most"

    def test_nothing_in_doubt(self) -> None:
        title, words = self.told(0, 3)
        assert title == "None of 100 labels stands out as wrong"
        assert words.endswith("by their label, and are not sure enough of the others to doubt a label.")
        assert self.told(0, 0)[1].endswith("of 100 by their label: they differ on none.")


class TestProperties:
    @given(st.integers(0, 1000), st.integers(2, 6))
    @settings(max_examples=30)
    def test_the_calibrated_joint_has_the_labels_counts(self, seed: int, classes: int) -> None:
        labels, chances = answers(seed, 60, classes, 0.1)
        joint = calibrated_joint(labels, chances)
        assert joint.sum(axis=1) == pytest.approx(np.bincount(labels, minlength=classes))
        assert sorted(rank(labels, chances).tolist()) == list(range(60))

    @pytest.mark.parametrize("share", [0.0, 0.05, 0.2])
    def test_it_estimates_how_many_are_wrong(self, share: float) -> None:
        labels, chances = answers(1, 4000, 5, share)
        assert estimated_errors(labels, chances) == pytest.approx(4000 * share, abs=4000 * 0.03)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_cleanlabs(seed: int) -> None:
    count = pytest.importorskip("cleanlab.count", reason="cleanlab, the oracle of this test, is not installed")
    label_quality = pytest.importorskip("cleanlab.rank")
    labels, chances = answers(seed, 500, 4, 0.1)
    assert (
        confident_joint(labels, chances).tolist()
        == count.compute_confident_joint(labels, chances, calibrate=False).tolist()
    )
    scores = label_quality.get_label_quality_scores(labels, chances, method="normalized_margin")
    assert rank(labels, chances).tolist() == np.argsort(scores, kind="stable").tolist()
