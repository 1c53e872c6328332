"""What stands beside the verdict of a run: on real files, left out where it cannot be asked."""

import json
import shutil

from neocog.core.run import RECIPE
from neocog.evaluate import evaluate
from neocog.evaluate.set_beside import drawn


def test_a_run_has_it_all(run) -> None:
    report = evaluate(run.folder)
    assert report.beside is not None
    assert report.beside.handmade is not None
    assert report.beside.handmade.learned == report.beside.handmade.of == 24
    assert {each.clean.n for each in report.beside.robustness} == {12}
    assert {each.clean.value for each in report.beside.robustness} == {1.0}
    light = next(each for each in report.beside.robustness if each.change.name == "light")
    assert light.worst[1].value < 0.5  # the model by hand tells dark from bright
    page = (run.folder / "report.html").read_text()
    assert "What if the images change?" in page
    assert "hand-made features (edges, colors) with a linear classifier" in page
    told = json.loads((run.folder / "report.json").read_text())["beside"]
    assert told["handmade"]["of"] == 24
    assert [each["change"] for each in told["robustness"]] == ["shift", "scale", "rotation", "light", "blur", "noise"]


def test_a_mistake_has_its_nearest_training_image(run) -> None:
    report = evaluate(run.folder)
    assert report.beside is not None
    (place,) = report.samples.wrong.nonzero()[0].tolist()
    alike = report.beside.nearest[place]
    assert alike.file == "test/black/204.png"
    assert alike.other.startswith("train/white/") and alike.label == "white"
    assert "near <bdi>white: train/white/" in (run.folder / "report.html").read_text()


def test_other_data_have_none_of_it(run) -> None:
    assert evaluate(run.folder, run.data / "test", out=run.folder.parent / "other").beside is None


def test_training_images_that_are_gone_do_not_stop_the_verdict(run) -> None:
    shutil.rmtree(run.data / "train" / "grey")
    (run.data / "train" / "grey").mkdir()
    (run.data / "train" / "grey" / "x.png").write_bytes((run.data / "train" / "white" / "0.png").read_bytes())
    report = evaluate(run.folder)
    assert report.beside is None
    assert report.measures.n == 15


def test_what_was_trained_comes_from_the_recipe(run) -> None:
    recipe = (run.folder / RECIPE).read_text()
    (run.folder / RECIPE).write_text(recipe + "\n[augment]\nrotation = 30.0\n")
    report = evaluate(run.folder)
    assert report.beside is not None
    ranges = {each.change.name: each.trained for each in report.beside.robustness}
    assert ranges["rotation"] == (0, 30)


def test_few_are_drawn_of_many() -> None:
    assert drawn(10, 20).tolist() == list(range(10))
    assert len(drawn(1000, 20)) == 20
    assert drawn(5, 0).tolist() == []
