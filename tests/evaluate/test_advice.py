"""Advice: each line only where its figures hold, and never more than three."""

from typing import Any

import numpy as np

from neocog.evaluate import advice
from neocog.evaluate.advice import MOST


def _clear(n: int = 900) -> tuple[Any, Any]:
    targets = np.arange(n) % 3
    return targets, np.eye(3)[targets] * 0.97 + 0.01


def test_all_is_well(made: Any) -> None:
    assert advice(made.report(*_clear(), tuple("abc")))[0].startswith("Nothing stands out")


def test_leaks_come_first_and_three_lines_are_the_most(made: Any) -> None:
    targets, probabilities = made.answers(n=40, classes=3, sharpness=0.3)
    lines = advice(made.report(targets, probabilities, tuple("abc"), findings=made.leaky(tuple("abc")), familiar=2))
    assert len(lines) == MOST
    assert lines[0].startswith("It learned from 2 test images, or from nearly the same pictures: this verdict is too g")
    assert lines[1].startswith("2 pictures with two different labels")


def test_leaks_into_validation_leave_the_verdict_alone(made: Any) -> None:
    lines = advice(made.report(*_clear(), tuple("abc"), findings=made.leaky(tuple("abc"))))
    assert lines[0].startswith("1 pair of the same picture in training and in validation: this verdict stands, the val")
    assert "too good." in lines[0]
    assert not any("this verdict is too good" in line for line in lines)


def test_leaks_of_other_data_are_not_the_models(made: Any) -> None:
    report = made.report(*_clear(), tuple("abc"), findings=made.leaky(tuple("abc")), own=False)
    assert advice(report)[0].startswith("Nothing stands out")


def test_no_better_than_a_constant_answer(made: Any) -> None:
    targets = np.array([0] * 80 + [1] * 20)
    lines = advice(made.report(targets, np.tile([0.8, 0.2], (100, 1)), ("a", "b")))
    assert "not clearly better than always answering “a” (80.0 %): do not use it yet" in lines[0]


def test_a_model_that_is_too_sure(made: Any) -> None:
    targets = np.array([0, 1, 2] * 100)
    given = np.eye(3)[np.where(np.arange(300) % 5, targets, (targets + 1) % 3)] * 0.97 + 0.01
    lines = advice(made.report(targets, given, tuple("abc")))
    assert lines[0].startswith("Do not take its confidence for a chance of being right: it says 98.0 % on average")
    assert lines[1].startswith("Look at the 60 mistakes made with a confidence of 95.0 % or more (of 60 mistakes)")


def test_the_most_frequent_mistake_and_the_weakest_class(made: Any) -> None:
    targets, given = _clear()
    given[:90:3] = [0.4, 0.5, 0.1]  # 30 of class a called b
    given[2:90:3] = [0.1, 0.5, 0.4]  # 30 of class c called b
    given[1:130:3] = [0.5, 0.4, 0.1]  # 43 of class b called a
    training = made.training((1.0, 0.9), (0.5, 0.6))
    lines = advice(made.report(targets, given, ("0", "b", "c"), training=training))
    assert "Collect more images of b that could pass for 0: 43 of 103 mistakes are of this kind." in lines
    given[1:130:3] = np.eye(3)[1]
    given[:150:3] = [0.4, 0.5, 0.1]
    given[3:60:3] = [0.4, 0.1, 0.5]
    lines = advice(made.report(targets, given, ("0", "b", "c"), training=training))
    assert not any(line.startswith("Weakest class: 0") for line in lines), "said once is enough"


def test_the_weakest_class_names_its_training_images(made: Any) -> None:
    targets, given = _clear(90)
    given[0:30:3] = [[0.4, 0.5, 0.1], [0.4, 0.1, 0.5]] * 5
    given[[1, 4, 7, 10]] = [0.5, 0.4, 0.1]
    given[[2, 5, 8, 11]] = [0.5, 0.1, 0.4]
    lines = advice(made.report(targets, given, ("0", "b", "c"), training=made.training((1, 1), (0.5, 0.5))))
    assert "Weakest class: 0, of which 66.7 % are found, after 70 training images. Add images of it." in lines


def test_training_that_overfits_or_stops_too_soon(made: Any) -> None:
    for last, told in ((0.76, True), (0.74, False)):
        overfit = made.training((1.0, 0.5, 0.6, last), (0.5, 0.9, 0.8, 0.8))
        line = advice(made.report(*_clear(), tuple("abc"), training=overfit))[0]
        assert ("by heart after epoch 2" in line) == told, "as the title of the curves says it, and no sooner"
    unfinished = made.training((1.0, 0.8, 0.6, 0.5), (0.5, 0.6, 0.7, 0.8))
    assert "`--epochs 8`" in advice(made.report(*_clear(), tuple("abc"), training=unfinished))[0]


def test_a_wide_interval_and_a_test_set_worn_out(made: Any) -> None:
    openings = tuple((f"run-{index}", made.opening()) for index in range(5))
    lines = advice(made.report(*_clear(30), tuple("abc"), openings=openings))
    assert lines[0] == "30 images leave an interval 11 points wide: four times as many would halve it."
    assert lines[1].startswith("This test set has been opened 5 times")
