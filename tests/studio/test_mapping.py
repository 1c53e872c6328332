"""The map over real requests, against codes computed by torch alone, scikit-learn and a search by hand."""

import csv
import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from neocog.core.run import RunFolder
from neocog.explain import embedding
from neocog.model import load
from neocog.studio import Opened, mapping
from neocog.studio.subjects import subject

LAYER = "flatten1"


def mapped(studio: Any, query: str, run: str = "first") -> dict[str, Any]:
    """The points of a map, asked for until they are there."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        answer = studio.get(f"/api/runs/{run}/map?{query}")
        assert answer.status == 200, answer.told
        if answer.told["points"] is not None:
            found: dict[str, Any] = answer.told["points"]
            return found
        assert 1 <= answer.told["step"]["number"] <= 3
    raise AssertionError("the map did not come")


def splits(runs: Path, run: str = "second") -> list[dict[str, str]]:
    """The lines of a run's splits."""
    return list(csv.DictReader(io.StringIO((runs / run / "splits.csv").read_text())))


@pytest.fixture
def codes(made: Path) -> NDArray[np.float32]:
    """What `flatten1` of the second run gives for each line of its splits: the network by hand."""
    model = load(made / "second")
    pixels = load_digits().images[[int(row["file"]) for row in splits(made)]]
    given = (
        torch.tensor(pixels / 16 * 255).round() / 255 - model.preprocessing.mean[0]
    ) / model.preprocessing.deviation[0]
    weights = model.weights
    maps = torch.conv2d(given[:, None].float(), weights["conv1.weight"], weights["conv1.bias"], padding=1)
    maps = torch.max_pool2d(torch.relu(maps), 2)
    maps = torch.conv2d(maps, weights["conv2.weight"], weights["conv2.bias"])
    return np.asarray(torch.relu(maps).flatten(1))


def test_a_map_may_be_made_of_every_layer(studio: Any) -> None:
    found = studio.get("/api/runs/second/map/choices").told
    assert [(each["path"], each["kind"], each["numbers"]) for each in found["layers"]] == [
        ("conv1", "Conv", 4),
        ("relu1", "ReLU", 4),
        ("pool1", "MaxPool", 4),
        ("conv2", "Conv", 6),
        ("relu2", "ReLU", 6),
        ("flatten1", "Flatten", 24),
        ("dense1", "Dense", 10),
    ]
    assert found["layer"] == LAYER
    sides = [row["split"] for row in splits(studio.runs)]
    assert (found["known"], found["val"], found["test"]) == (
        sides.count("train") + sides.count("val"),
        sides.count("val"),
        sides.count("test"),
    )
    assert found["classes"] == [str(digit) for digit in range(10)]
    assert found["sealed"] is False


def test_components_are_scikit_learn_s(studio: Any, codes: NDArray[np.float32]) -> None:
    found = mapped(studio, f"layer={LAYER}&way=pca", "second")
    lines = splits(studio.runs)
    known = [row for row, line in enumerate(lines) if line["split"] in ("train", "val")]
    assert found["files"] == [lines[row]["file"] for row in known]
    assert found["splits"] == [lines[row]["split"] for row in known]
    assert [str(label) for label in found["labels"]] == [lines[row]["label"] for row in known]
    own = codes[known].astype(np.float64)
    oracle = PCA(2).fit(own / np.linalg.norm(own, axis=1, keepdims=True))
    assert found["explained"] == pytest.approx(oracle.explained_variance_ratio_.tolist(), abs=1e-4)
    points = oracle.transform(own / np.linalg.norm(own, axis=1, keepdims=True))
    for axis, name in enumerate("xy"):
        assert abs(np.corrcoef(points[:, axis], found[name])[0, 1]) == pytest.approx(1, abs=1e-3)
    assert 0 < found["by_chance"] < found["preserved"] < 1
    assert (found["total"], found["missing"]) == (len(known), 0)


def test_the_answers_are_the_model_s(studio: Any) -> None:
    found = mapped(studio, f"layer={LAYER}&way=pca&part=test")
    rows = csv.DictReader(io.StringIO((studio.runs / "first" / "predictions.csv").read_text()))
    predicted = {row["file"]: row for row in rows}
    for file, answer, confidence in zip(found["files"], found["answers"], found["confidences"], strict=True):
        assert str(answer) == predicted[file]["answer"]
        assert confidence == pytest.approx(float(predicted[file][str(answer)]), abs=1e-6)


def test_another_layer_and_other_images_make_another_map(studio: Any) -> None:
    whole = mapped(studio, f"layer={LAYER}&way=pca", "second")
    early = mapped(studio, "layer=conv1&way=pca", "second")
    part = mapped(studio, f"layer={LAYER}&way=pca&part=val", "second")
    assert early["x"] != whole["x"]
    assert set(part["splits"]) == {"val"}
    assert set(part["files"]) < set(whole["files"])


def test_neighbors_are_kept_and_the_map_is_computed_once(
    studio: Any, codes: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    query = f"layer={LAYER}&part=val"
    found = mapped(studio, query, "second")
    assert found["explained"] == []
    assert found["preserved"] > 5 * found["by_chance"]
    own = codes[_rows_of(studio, found["files"])].astype(np.float64)
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    apart = np.linalg.norm(own[:, None] - own, axis=2)
    np.fill_diagonal(apart, np.inf)
    labels = np.array(found["labels"])
    same = labels[np.argsort(apart, axis=1, kind="stable")[:, :10]] == labels[:, None]
    assert found["agreement"] == pytest.approx(same.mean(), abs=1e-3)
    monkeypatch.setattr(embedding, "_laid_out", lambda *_: pytest.fail("it is kept"))
    started_anew, again = mapping.Maps(), None
    while again is None:
        again = started_anew.view(subject(Opened(studio.runs), "second"), "val", LAYER, "tsne").points
    assert again.x == found["x"]


def test_an_image_is_told_with_its_nearest(studio: Any, codes: NDArray[np.float32]) -> None:
    files = mapped(studio, f"layer={LAYER}&way=pca", "second")["files"]
    found = studio.get(f"/api/runs/second/map/image?file={files[5]}&layer={LAYER}").told
    rows = _rows_of(studio, files)
    own = codes[rows].astype(np.float64)
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    apart = np.linalg.norm(own - own[5], axis=1)
    apart[5] = np.inf
    distances = [each["distance"] for each in found["neighbors"]]
    assert len(distances) == mapping.NEIGHBORS
    assert distances == pytest.approx(np.sort(apart)[: mapping.NEIGHBORS].tolist(), abs=1e-4)
    for each in found["neighbors"]:
        assert apart[files.index(each["file"])] == pytest.approx(each["distance"], abs=1e-4)
    line, sample = splits(studio.runs)[rows[5]], found["detail"]["sample"]
    assert (sample["file"], str(sample["label"])) == (files[5], line["label"])
    assert (found["detail"]["split"], found["detail"]["hash"]) == (line["split"], line["hash"])
    assert max(each["probability"] for each in found["detail"]["probabilities"]) == sample["confidence"]


def _rows_of(studio: Any, files: list[str], run: str = "second") -> list[int]:
    places = {line["file"]: row for row, line in enumerate(splits(studio.runs, run))}
    return [places[file] for file in files]


def test_the_sealed_set_is_mapped_after_it_was_opened_and_that_is_written_down(studio: Any) -> None:
    run = RunFolder(studio.runs / "first")
    before = (run.path / "ledger.jsonl").read_text().splitlines()
    mapped(studio, f"layer={LAYER}&way=pca")
    assert (run.path / "ledger.jsonl").read_text().splitlines() == before
    mapped(studio, f"layer={LAYER}&way=pca&part=test")
    mapped(studio, "layer=dense1&way=pca&part=test")
    *kept, line = (run.path / "ledger.jsonl").read_text().splitlines()
    assert kept == before
    assert mapping.COMMAND in line
    (run.path / "report.json").unlink()
    refused = studio.get(f"/api/runs/first/map?layer={LAYER}&way=pca&part=test")
    assert refused.status == 422
    assert refused.told["wrong"] == "the test set of first is sealed"
    assert studio.get("/api/runs/first/map/choices").told["sealed"] is True


def test_of_many_images_some_are_drawn(studio: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping, "MOST_POINTS", 100)
    found = mapped(studio, f"layer={LAYER}&way=pca")
    assert len(found["files"]) == 100
    assert found["total"] == studio.get("/api/runs/first/map/choices").told["known"]
    rows = _rows_of(studio, found["files"], "first")
    assert rows == sorted(rows)
    assert rows[-1] - rows[0] > 1000, "from all over the data"


def test_images_that_changed_are_left_out(studio: Any) -> None:
    place = studio.runs / "first" / "splits.csv"
    lines = place.read_text().splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if ",train," in line)
    lines[first] = lines[first].replace(",train,", ",train,0")
    place.write_text("".join(lines))
    assert mapped(studio, f"layer={LAYER}&way=pca")["missing"] == 1
    place.write_text("".join(line.replace(",train,", ",train,1").replace(",val,", ",val,1") for line in lines))
    gone = studio.get(f"/api/runs/first/map?layer={LAYER}&way=pca")
    assert gone.status == 422
    assert gone.told["wrong"] == "no image of digits is where first found it, or as it was"


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """t-SNE takes until this is set."""
    going = threading.Event()
    real = mapping.tsne

    def slow(codes: NDArray[np.float32], progress: Any) -> Any:
        progress(300, 750)
        assert going.wait(60)
        return real(codes)

    monkeypatch.setattr(mapping, "tsne", slow)
    yield going
    going.set()


def test_the_studio_answers_while_a_map_is_computed(studio: Any, held: threading.Event) -> None:
    query = f"/api/runs/first/map?layer={LAYER}&part=val"
    end = time.monotonic() + 60
    while (step := studio.get(query).told["step"]) != {"number": 3, "done": 300, "total": 750}:
        assert step is not None
        assert time.monotonic() < end
    assert studio.get("/api/runs").status == 200
    file = next(line["file"] for line in splits(studio.runs, "first") if line["split"] == "val")
    assert len(studio.get(f"/api/runs/first/map/image?file={file}&layer={LAYER}&part=val").told["neighbors"]) > 0
    held.set()
    assert mapped(studio, f"layer={LAYER}&part=val")["preserved"] > 0


def test_what_cannot_be_mapped_says_so(studio: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told = studio.get("/api/runs/first/map?layer=flatten2&way=pca&part=val").told
    assert told["wrong"] == "the network has no layer 'flatten2'"
    assert told["mend"] == "did you mean 'flatten1'?"
    mapped(studio, f"layer={LAYER}&way=pca&part=val")
    strange = studio.get(f"/api/runs/first/map/image?file=none.png&layer={LAYER}&part=val")
    assert strange.told["wrong"] == "none.png is not on this map"
    with monkeypatch.context() as patch:
        patch.setattr(mapping.Maps, "_coded", lambda *_: mapping.Asked(None, 0, 0))
        early = studio.get(f"/api/runs/first/map/image?file=0&layer={LAYER}&part=val")
    assert (early.status, early.told["wrong"]) == (422, "this map is still being computed")
    (studio.runs / "first" / "model.safetensors").unlink()
    for path in ("/choices", f"?layer={LAYER}"):
        answer = studio.get(f"/api/runs/first/map{path}")
        assert answer.status == 422
        assert answer.told["wrong"] == "the run first has no model yet, which is there when its training is finished"
