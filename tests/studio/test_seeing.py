"""See over real requests: the answer and every map against the module's own numbers, units, heat, images handed in."""

import base64
import io
import json
import struct
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from neocog.build import build, tapped
from neocog.core.run import RunFolder
from neocog.data import Preprocessing, handed_in, normalize, prepare
from neocog.explain import METHODS, layers, survey
from neocog.model import Model, load, predict, save, weights_of
from neocog.network import parse
from neocog.studio import Opened
from neocog.studio import shown as images
from neocog.studio.guard import MOST_IMAGE
from neocog.studio.pictures import png
from neocog.studio.seeing import MOST_SIDE, _quantized


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def validation(made: Path) -> str:
    """The name of an image that the second run was validated on."""
    return next(row.file for row in RunFolder(made / "second").read_splits() if row.split == "val")


@pytest.fixture
def sealed(made: Path) -> str:
    """The name of an image of its test set."""
    return next(row.file for row in RunFolder(made / "second").read_splits() if row.split == "test")


def digit(file: str) -> Any:
    """An embedded digit as the data hold it (uint8 H W C)."""
    pixels = load_digits().images[int(file)]
    return np.asarray(np.rint(pixels * (255 / 16)), np.uint8)[:, :, None]


def unpacked(body: bytes) -> tuple[dict[str, Any], dict[str, tuple[Any, Any, Any]], Any]:
    """A `Seen`, of each layer the lowest, the highest and the bytes, and the prepared pixels."""
    (length,) = struct.unpack_from("<I", body)
    head = json.loads(body[4 : 4 + length])
    place = 4 + length
    pixels = np.frombuffer(body, np.uint8, 64, place)
    place += 64
    found = {}
    for layer in head["layers"]:
        units, rows, columns = layer["units"], layer["rows"], layer["columns"]
        low = np.frombuffer(body, "<f4", units, place)
        high = np.frombuffer(body, "<f4", units, place + 4 * units)
        place += 8 * units
        count = units * rows * columns
        values = np.frombuffer(body, np.uint8, count, place).reshape(units, rows, columns)
        place += count
        found[layer["path"]] = (low, high, values)
    assert place == len(body)
    return head, found, pixels


def maps_of(run: Path, pixels: Any) -> tuple[Model, dict[str, torch.Tensor], Any]:
    """A run's model, what each of its layers gives for an image, and the prepared pixels."""
    model = load(run)
    module = model.module()
    ready = prepare(pixels, model.preprocessing)
    with torch.no_grad():
        given = tapped(module, layers(module))(normalize(torch.from_numpy(ready[None]), model.preprocessing))
    return model, given, ready


def awaited(studio: Any, path: str, done: Any) -> Any:
    """What an errand comes to."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        answer = studio.get(path)
        assert answer.status == 200, answer.body
        if done(answer.told):
            return answer.told
    raise AssertionError(f"{path} is never done")


def test_the_network_is_told_with_what_each_place_sees(studio: Any) -> None:
    found = studio.get("/api/see/network?run=second").told
    assert found["input"] == [1, 8, 8]
    assert found["classes"] == [str(each) for each in range(10)]
    assert [each["path"] for each in found["layers"]] == [
        "conv1",
        "relu1",
        "pool1",
        "conv2",
        "relu2",
        "flatten1",
        "dense1",
    ]
    by = {each["path"]: each for each in found["layers"]}
    assert by["conv1"]["kind"] == "Conv"
    assert by["conv1"]["rows"][0] == [-1, 2], "a 3x3 filter with a border of 1"
    assert by["conv2"]["sees"] == [8, 8], "(3 - 1) * 2 + 2 + 2, of an image of 8"
    assert (by["dense1"]["shape"], len(by["dense1"]["rows"])) == ([10], 1)
    assert [each["name"] for each in found["methods"]] == list(METHODS)
    assert found["dark"] is True
    assert found["data"] is True


def test_an_image_is_answered_with_the_maps_of_every_layer(studio: Any, made: Path, validation: str) -> None:
    answer = studio.get(f"/api/see/look?run=second&image=data:{validation}")
    assert answer.headers["content-type"] == "application/octet-stream"
    head, found, pixels = unpacked(answer.body)
    model, given, ready = maps_of(made / "second", digit(validation))
    assert (pixels == ready.ravel()).all()
    (own,) = predict(model, ready[None])
    assert head["probabilities"] == pytest.approx(own.probabilities, abs=1e-5)
    assert head["probability"] == max(head["probabilities"]), "one figure, not rounded twice"
    assert (head["label"], head["image"]["name"], head["image"]["split"]) == (own.label, validation, "val")
    assert head["image"]["label"] == str(load_digits().target[int(validation)])
    assert list(found) == list(given)
    signs = {layer["path"]: layer["signed"] for layer in head["layers"]}
    for path, (low, high, values) in found.items():
        true = given[path][0].numpy()
        flat = true.reshape(len(true), -1)
        assert low == pytest.approx(flat.min(axis=1), abs=1e-5)
        assert high == pytest.approx(flat.max(axis=1), abs=1e-5)
        assert signs[path] == bool((flat < 0).any())
        if true.ndim == 3:
            largest = np.maximum(np.abs(low), np.abs(high))[:, None, None]
            told = largest * ((values - 128.0) / 127 if signs[path] else values / 255.0)
            assert np.abs(told - true).max() <= largest.max() / 127 / 2 * 1.01, path


def test_without_a_name_it_is_the_first_validation_image(studio: Any, validation: str) -> None:
    head, _, _ = unpacked(studio.get("/api/see/look?run=second").body)
    assert head["image"]["spec"] == f"data:{validation}"


def test_of_a_long_map_the_means_of_squares_travel() -> None:
    values = torch.rand(2, 150, 100, generator=torch.Generator().manual_seed(1))
    low, high, packed, sides, signed = _quantized(values)
    assert sides == (50, 34)
    assert max(sides) <= MOST_SIDE
    assert not signed
    own = values[1, :3, :3].mean().item()
    assert packed[1, 0, 0] / 255 * high[1] == pytest.approx(own, abs=float(high[1]) / 255)
    assert packed[1, -1, -1] / 255 * high[1] == pytest.approx(
        values[1, 147:, 99:].mean().item(), abs=float(high[1]) / 255
    )
    assert low[0] == values[0].min()


def test_one_map_comes_whole(studio: Any, made: Path, validation: str) -> None:
    found = studio.get(f"/api/see/map?run=second&image=data:{validation}&layer=conv2&unit=4").told
    _, given, _ = maps_of(made / "second", digit(validation))
    values = np.frombuffer(base64.b64decode(found["values"]), "<f4").reshape(found["rows"], found["columns"])
    assert values == pytest.approx(given["conv2"][0, 4].numpy(), abs=1e-5)
    assert (found["units"], found["low"], found["high"]) == (6, values.min(), values.max())
    vector = studio.get(f"/api/see/map?run=second&image=data:{validation}&layer=dense1&unit=9").told
    assert (vector["rows"], vector["columns"]) == (1, 1)


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("map?layer=conv3&unit=0", "there is no layer 'conv3' to look at"),
        ("map?layer=conv1&unit=4", "the unit must be 0 to 3 at 'conv1', got 4"),
        ("unit?layer=conv3&unit=0", "there is no layer 'conv3' to look at"),
        ("preferred?layer=conv1&unit=-1", "the unit must be 0 to 3 at 'conv1', got -1"),
        ("heat?method=magic&label=0", "there is no method 'magic'"),
        ("heat?method=saliency&label=10", "the class must be 0 to 9, got 10"),
        ("look?image=data:nothing", "the data of second hold no image 'nothing'"),
        ("look?image=../../etc/passwd", "the data of second hold no image '../../etc/passwd'"),
        ("look?image=kept:../secret", "this image is no longer kept here"),
        ("look?image=kept:" + 32 * "0", "this image is no longer kept here"),
    ],
)
def test_what_is_not_there_is_said(studio: Any, query: str, wrong: str) -> None:
    answer = studio.get(f"/api/see/{query}&run=second")
    assert (answer.status, answer.told["wrong"]) == (422, wrong)
    assert answer.told["mend"]


def test_a_sealed_image_is_told_to_the_ledger_once(studio: Any, sealed: str) -> None:
    run = RunFolder(studio.runs / "second")
    before = (run.path / "ledger.jsonl").read_text().splitlines()
    for _ in range(2):
        head, _, _ = unpacked(studio.get(f"/api/see/look?run=second&image=data:{sealed}").body)
        assert head["image"]["split"] == "test"
    after = (run.path / "ledger.jsonl").read_text().splitlines()
    assert after[:-1] == before, "one sitting is one opening"
    line, judged = json.loads(after[-1]), json.loads(before[-1])
    assert line["command"] == images.COMMAND
    assert (line["test_hash"], line["model"], line["samples"]) == (
        judged["test_hash"],
        judged["model"],
        judged["samples"],
    )


def test_a_sealed_image_of_a_run_that_was_not_judged_stays_sealed(studio: Any, sealed: str) -> None:
    (studio.runs / "second" / "report.json").unlink()
    ledger = (studio.runs / "second" / "ledger.jsonl").read_text()
    answer = studio.get(f"/api/see/look?run=second&image=data:{sealed}")
    assert answer.status == 422
    assert "of the sealed test set, which nobody has opened yet" in answer.told["wrong"]
    assert (studio.runs / "second" / "ledger.jsonl").read_text() == ledger


def test_the_data_are_listed_without_the_sealed_ones(studio: Any, sealed: str) -> None:
    splits = {row.file: row for row in RunFolder(studio.runs / "second").read_splits()}
    found = studio.get("/api/see/images?run=second&split=train&label=3&most=5").told
    own = [file for file, row in splits.items() if row.split == "train" and row.label == "3"]
    assert (found["total"], [each["file"] for each in found["choices"]]) == (len(own), own[:5])
    more = studio.get("/api/see/images?run=second&split=train&label=3&most=5&start=5").told
    assert [each["file"] for each in more["choices"]] == own[5:10]
    assert studio.get("/api/see/images?run=second&split=test").status == 422
    picture = studio.get(f"/api/see/picture?run=second&image={found['choices'][0]['image']}")
    assert (np.asarray(Image.open(io.BytesIO(picture.body))) == digit(own[0])[:, :, 0]).all()


def test_an_image_that_is_handed_in_is_answered_as_predict_answers(studio: Any, made: Path, validation: str) -> None:
    raw = png(digit(validation))
    kept = studio.post("/api/see/images", raw, content_type="image/png")
    assert kept.status == 201
    assert (kept.told["height"], kept.told["width"], kept.told["label"]) == (8, 8, "")
    spec = kept.told["spec"]
    assert studio.post("/api/see/images", raw).told["spec"] == spec, "the same image has the same address"
    head, found, _ = unpacked(studio.get(f"/api/see/look?run=second&image={spec}").body)
    own, same, _ = unpacked(studio.get(f"/api/see/look?run=second&image=data:{validation}").body)
    assert head["probabilities"] == own["probabilities"]
    assert (found["conv2"][2] == same["conv2"][2]).all()
    at_once, _, _ = unpacked(studio.post("/api/see/look?run=second", raw).body)
    assert at_once == head, "what is not kept is answered the same"
    picture = studio.get(f"/api/see/picture?image={spec}")
    assert (np.asarray(Image.open(io.BytesIO(picture.body))) == digit(validation)[:, :, 0]).all()
    assert picture.headers["content-type"] == "image/png"


def test_what_is_no_image_is_refused(studio: Any) -> None:
    for body in (b"", b"<svg onload='alert(1)'/>", b"\x89PNG\r\n\x1a\nbroken"):
        answer = studio.post("/api/see/images", body, content_type="image/png")
        assert answer.status == 422
        assert answer.told["wrong"].startswith("this cannot be shown: ")
        assert answer.told["mend"].startswith("hand in a JPEG, PNG, WebP, TIFF, BMP or GIF image")
    assert studio.post("/api/see/images", b"", content_length=str(MOST_IMAGE + 1)).status == 413
    wide = io.BytesIO()
    Image.new("1", (60_000, 3_000)).save(wide, "PNG")
    told = studio.post("/api/see/images", wide.getvalue()).told
    assert told["wrong"] == "this cannot be shown: too large (60000 x 3000 pixels)"
    assert told["mend"].endswith("of one picture and at most 120 million pixels")
    assert studio.get("/api/see/network?run=second").told["most_bytes"] == MOST_IMAGE


def test_only_so_many_images_are_kept(studio: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_in, "MOST", 2)
    specs = [studio.post("/api/see/images", png(np.full((4, 4), gray, np.uint8))).told["spec"] for gray in range(4)]
    status = [studio.get(f"/api/see/picture?image={spec}").status for spec in specs]
    assert (status[0], sum(each == 200 for each in status)) == (422, 2)


def test_a_unit_is_told_as_the_survey_of_the_training_images_tells_it(studio: Any, made: Path) -> None:
    found = awaited(studio, "/api/see/unit?run=second&layer=conv2&unit=2", lambda told: told["ready"])
    model = load(made / "second")
    rows = [row for row in RunFolder(made / "second").read_splits() if row.split == "train"]
    pixels = np.stack([prepare(digit(row.file), model.preprocessing) for row in rows])
    labels = np.array([int(row.label) for row in rows])
    own = survey(
        model.module(), ["conv2"], pixels, model.preprocessing, network=model.network, targets=labels, classes=10
    )["conv2"]
    patches = own.patches.of(2)
    assert [each["file"] for each in found["patches"]] == [rows[patch.image].file for patch in patches]
    assert [each["value"] for each in found["patches"]] == pytest.approx([patch.value for patch in patches], abs=1e-4)
    assert [each["box"] for each in found["patches"]] == [[list(side) for side in patch.box] for patch in patches]
    assert found["active"] == own.statistics.active[2]
    assert [each["label"] for each in found["classes"]] == [str(label) for label, _ in own.statistics.classes_of(2)]
    assert (found["surveyed"], found["training"], found["way"]) == (len(rows), len(rows), "deconvolution")
    for each in found["patches"]:
        for name in ("picture", "back"):
            assert Image.open(io.BytesIO(base64.b64decode(each[name]))).size == (8, 8)


def test_the_patches_of_one_place_are_cut_and_sent_back(studio: Any) -> None:
    found = awaited(studio, "/api/see/unit?run=second&layer=relu1&unit=0", lambda told: told["ready"])
    if found["dead"]:
        pytest.skip("this unit never stirs")
    first = found["patches"][0]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(first["picture"]))))
    (top, bottom), (left, right) = first["box"]
    padded = np.pad(digit(first["file"])[:, :, 0], 1, constant_values=128)
    assert (picture == padded[top + 1 : bottom + 1, left + 1 : right + 1]).all()
    back = np.asarray(Image.open(io.BytesIO(base64.b64decode(first["back"]))), np.int16) - 128
    weight = load(studio.runs / "second").weights["conv1.weight"][0, 0].numpy()
    inside = np.pad(np.ones((8, 8), bool), 1)[top + 1 : bottom + 1, left + 1 : right + 1]
    told = 127 * weight / np.abs(weight[inside]).max()
    assert np.abs(back - told)[inside].max() <= 1, "a first layer sends back its own filter"


def test_without_relus_the_gradient_stands_in(studio: Any) -> None:
    text = "Network((1, 8, 8), (Conv(3, 3), Tanh(), Flatten(), Dense(10)))"
    run = studio.runs / "second"
    model = load(run)
    network = parse(text)
    other = Model(
        network=network,
        weights=weights_of(build(network, seed=3)),
        classes=model.classes,
        preprocessing=model.preprocessing,
    )
    save(other, run / "model.safetensors")
    found = awaited(studio, "/api/see/unit?run=second&layer=tanh1&unit=1", lambda told: told["ready"])
    assert found["way"] == "gradient"
    assert len(found["patches"]) == 9


def test_a_preferred_input_climbs(studio: Any) -> None:
    found = awaited(studio, "/api/see/preferred?run=second&layer=conv1&unit=1", lambda told: told["preferred"])
    best = found["preferred"]
    assert best["risen"]
    assert best["value"] > best["start"]
    assert Image.open(io.BytesIO(base64.b64decode(best["picture"]))).size == (3, 3)


@pytest.mark.parametrize("name", ["saliency", "grad_cam"])
def test_heat_is_the_method_s_and_its_check_comes_after(studio: Any, made: Path, validation: str, name: str) -> None:
    query = f"run=second&image=data:{validation}&method={name}&label=3"
    heat = awaited(studio, f"/api/see/heat?{query}", lambda told: told["heat"])["heat"]
    values = np.frombuffer(base64.b64decode(heat["values"]), "<f4").reshape(heat["rows"], heat["columns"])
    model = load(made / "second")
    ready = prepare(digit(validation), model.preprocessing)
    own = METHODS[name].heat(model.module(), normalize(torch.from_numpy(ready[None]), model.preprocessing), 3)
    assert values == pytest.approx(own[0].numpy(), abs=1e-5)
    assert heat["tap"] == ("relu2" if name == "grad_cam" else "")
    check = awaited(studio, f"/api/see/check?{query}", lambda told: told["check"])["check"]
    assert check["passes"] == (check["verdict"] == "passes")
    assert len(check["similarity"]) == len(check["layers"]) == 3
    assert check["random_low"] <= check["random_high"]


def test_a_method_that_cannot_be_applied_says_why(studio: Any) -> None:
    answer = studio.get("/api/see/heat?run=first&method=grad_cam&label=3")
    assert answer.status == 422
    assert "no convolution" in answer.told["wrong"]


def test_a_run_without_a_model_says_so(studio: Any) -> None:
    (studio.runs / "second" / "model.safetensors").unlink()
    assert studio.get("/api/see/network?run=second").told["wrong"].startswith("the run second has no model yet")
    assert studio.get("/api/see/network?run=gone").status == 404
    assert studio.get("/api/see/network").told["wrong"] == "there is no model to look into"


def test_a_model_file_is_looked_into_without_data(studio_on: Any, made: Path, tmp_path: Path, validation: str) -> None:
    file = tmp_path / "given.safetensors"
    file.write_bytes((made / "second" / "model.safetensors").read_bytes())
    studio = studio_on(Opened(tmp_path / "runs", model=file))
    assert studio.get("/api/see/network").told["data"] is False
    assert studio.get("/api/see/look").told["wrong"] == "a model file knows no data"
    assert studio.get("/api/see/unit?layer=conv1&unit=0").told["wrong"] == "a model file knows no training images"
    head, _, _ = unpacked(studio.post("/api/see/look", png(digit(validation))).body)
    assert len(head["probabilities"]) == 10


def test_a_light_ground_is_told(studio_on: Any, made: Path, tmp_path: Path) -> None:
    model = load(made / "second")
    light = replace(model, preprocessing=Preprocessing(size=(8, 8), channels=1, mean=(0.8,), deviation=(0.2,)))
    save(light, tmp_path / "light.safetensors")
    studio = studio_on(Opened(tmp_path / "runs", model=tmp_path / "light.safetensors"))
    assert studio.get("/api/see/network").told["dark"] is False
