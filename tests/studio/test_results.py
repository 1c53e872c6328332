"""Results over real requests, against the report, the predictions and scikit-learn."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn import metrics
from sklearn.datasets import load_digits

from neocog.core.run import RunFolder


@pytest.fixture
def predictions(made: Path) -> list[dict[str, str]]:
    """The lines of the first run's predictions, by file."""
    rows = csv.DictReader(io.StringIO((made / "first" / "predictions.csv").read_text()))
    return sorted(rows, key=lambda row: row["file"])


def test_the_figures_are_the_report_s(studio: Any) -> None:
    found = studio.get("/api/runs/first/results").told
    report = RunFolder(studio.runs / "first").read_json("report.json")
    assert found["verdict"] == report["verdict"]
    assert found["confusion"] == report["confusion"]
    assert [line["recall"]["value"] for line in found["per_class"]] == [each["recall"] for each in report["per_class"]]
    assert sum(bin["right"]["n"] for bin in found["reliability"]) == report["n"]
    assert found["risk"][-1]["coverage"] == 1.0
    assert found["risk"][-1]["wrong"]["value"] == pytest.approx(1 - report["accuracy"])
    assert (found["openings"], found["opened_by"]) == (2, 2)


def test_a_cell_opens_its_images_the_surest_first(studio: Any, predictions: list[dict[str, str]]) -> None:
    report = RunFolder(studio.runs / "first").read_json("report.json")
    matrix = np.array(report["confusion"])
    np.fill_diagonal(matrix, 0)
    label, answer = (int(each) for each in np.unravel_index(matrix.argmax(), matrix.shape))
    found = studio.get(f"/api/runs/first/samples?label={label}&answer={answer}").told
    own = [row for row in predictions if row["label"] == str(label) and row["answer"] == str(answer)]
    assert found["total"] == len(own) == matrix.max()
    assert {each["file"] for each in found["samples"]} == {row["file"] for row in own}
    sure = [each["confidence"] for each in found["samples"]]
    assert sure == sorted(sure, reverse=True)
    doubtful = studio.get(f"/api/runs/first/samples?label={label}&answer={answer}&order=doubtful").told
    assert [each["confidence"] for each in doubtful["samples"]] == sure[::-1]


def test_pages_of_mistakes_follow_on_each_other(studio: Any, predictions: list[dict[str, str]]) -> None:
    wrong = [row for row in predictions if row["label"] != row["answer"]]
    first = studio.get("/api/runs/first/samples?wrong=true&most=5").told
    second = studio.get("/api/runs/first/samples?wrong=true&start=5&most=5").told
    assert first["total"] == len(wrong)
    assert not {each["index"] for each in first["samples"]} & {each["index"] for each in second["samples"]}
    assert studio.get("/api/runs/first/samples?most=501").status == 422


def test_suspects_are_ranked_by_the_margin(studio: Any) -> None:
    found = studio.get("/api/runs/first/samples?order=suspect&most=500").told["samples"]
    own = [each["label_probability"] - each["confidence"] for each in found if each["label"] != each["answer"]]
    assert own == sorted(own)


def test_an_image_is_told_with_its_probabilities(studio: Any, predictions: list[dict[str, str]]) -> None:
    found = studio.get("/api/runs/first/samples/7").told
    row = predictions[7]
    assert found["sample"]["file"] == row["file"]
    for each in found["probabilities"]:
        assert each["probability"] == pytest.approx(float(row[str(each["label"])]))
    assert found["sample"]["label"] in {each["label"] for each in found["probabilities"]}
    assert (found["split"], len(found["hash"])) == ("test", 64)
    missing = studio.get("/api/runs/first/samples/100000")
    assert (missing.status, missing.told["mend"]) == (422, "begin at 0")
    assert missing.told["wrong"] == "there is no image at 100000: first has 269 judged images"


def test_a_picture_is_the_one_of_the_data(studio: Any, predictions: list[dict[str, str]]) -> None:
    answer = studio.get("/api/runs/first/samples/7/picture")
    assert answer.headers["content-type"] == "image/png"
    pixels = np.asarray(Image.open(io.BytesIO(answer.body)), dtype=np.float64)
    digit = load_digits().images[int(predictions[7]["file"])]
    assert np.corrcoef(pixels.ravel(), digit.ravel())[0, 1] > 0.999


def test_a_picture_that_is_gone_says_so(studio: Any) -> None:
    recipe = studio.runs / "first" / "recipe.toml"
    recipe.write_text(recipe.read_text().replace('path = "digits"', 'path = "/nowhere/photos"'))
    answer = studio.get("/api/runs/first/samples/7/picture")
    assert answer.status == 422
    assert answer.told["wrong"] == "there is no 'nowhere' in /"


def test_a_renamed_picture_says_so(studio: Any) -> None:
    predicted = studio.runs / "first" / "predictions.csv"
    predicted.write_text(predicted.read_text().replace("\n0", "\nA", 1))
    last = studio.get("/api/runs/first/results").told["accuracy"]["n"] - 1
    told = studio.get(f"/api/runs/first/samples/{last}/picture").told
    assert told["wrong"].startswith("A")
    assert told["wrong"].endswith(" is no longer in digits")


def test_curves_of_a_class_have_scikit_learn_s_areas(studio: Any, predictions: list[dict[str, str]]) -> None:
    own = np.array([row["label"] == "3" for row in predictions])
    chances = np.array([float(row["3"]) for row in predictions])
    found = studio.get("/api/runs/first/classes/3/curves").told
    assert found["area"] == pytest.approx(metrics.roc_auc_score(own, chances), abs=1e-6)
    assert found["average_precision"] == pytest.approx(metrics.average_precision_score(own, chances), abs=1e-6)
    assert metrics.auc(found["false_positive"], found["true_positive"]) == pytest.approx(found["area"], abs=0.01)
    assert (found["recall"][0], found["recall"][-1]) == (0.0, 1.0)
    missing = studio.get("/api/runs/first/classes/10/curves")
    assert missing.told["wrong"] == "class '10' has no curve, for all images are of it or none is"


def test_a_run_that_is_not_judged_says_so(studio: Any) -> None:
    for file in ("report.json", "report.html", "predictions.csv"):
        (studio.runs / "first" / file).unlink()
    answer = studio.get("/api/runs/first/results")
    assert answer.status == 422
    assert "has not been evaluated" in answer.told["wrong"]
    assert studio.get("/api/runs/first").told["evaluated"] is False
