"""The list of runs and how to begin one, over real requests."""

import json
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from neocog.core.proportion import wilson
from neocog.core.run import RunFolder
from neocog.evaluate import compare


def test_every_run_is_a_line(studio: Any) -> None:
    found = studio.get("/api/runs").told
    assert found["folder"] == str(studio.runs)
    assert [run["name"] for run in found["runs"]] == ["first", "second"]
    for run in found["runs"]:
        folder = RunFolder(studio.runs / run["name"])
        report, last = folder.read_json("report.json"), folder.read_events()[-1]
        assert run["state"] == "finished"
        assert run["test"] == {
            "value": report["accuracy"],
            "low": report["accuracy_low"],
            "high": report["accuracy_high"],
            "n": report["n"],
        }
        assert run["validation"]["value"] == last["val_accuracy"]
        assert (run["epoch"], run["epochs"], run["data"]) == (2, 2, "digits")
        assert run["evaluated"] and not run["resumable"]


def test_the_accuracy_of_a_run_is_that_of_the_epoch_whose_weights_are_kept(studio: Any) -> None:
    folder = studio.runs / "first"
    events = [event for event in RunFolder(folder).read_events() if event["kind"] != "finished"]
    kept, later = (event for event in events if event["kind"] == "epoch")
    kept["best"], later["best"] = True, False
    kept["val_accuracy"], later["val_accuracy"] = 251 / 269, 252 / 269
    (folder / "events.jsonl").write_text("".join(f"{json.dumps(event)}\n" for event in events))
    found = studio.get("/api/runs/first").told
    low, high = wilson(251, 269)
    assert (found["state"], found["best_epoch"]) == ("stopped", 1)
    assert found["validation"] == pytest.approx({"value": 251 / 269, "low": low, "high": high, "n": 269})


def test_curves_have_intervals(studio: Any) -> None:
    first, second = studio.get("/api/curves?run=first&run=second").told
    assert (first["name"], len(first["points"])) == ("first", 2)
    point = second["points"][-1]
    low, high = wilson(round(point["val_accuracy"] * 269), 269)
    assert (point["low"], point["high"]) == (pytest.approx(low), pytest.approx(high))
    assert first["points"][0]["seconds"] < first["points"][1]["seconds"]


def test_a_comparison_is_the_package_s_own(studio: Any) -> None:
    told = studio.get("/api/comparison?first=first&second=second").told
    own = compare(studio.runs / "first", studio.runs / "second")
    assert told["sentence"] == own.sentence
    assert told["difference"] == pytest.approx(own.difference.value)


def test_a_run_that_is_deleted_is_missing(studio: Any) -> None:
    shutil.rmtree(studio.runs / "first")
    answer = studio.get("/api/runs/first")
    assert answer.status == 404
    assert answer.told["wrong"] == f"there is no run 'first' in {studio.runs}"
    assert answer.told["mend"] == "it was deleted, moved or renamed"
    assert [run["name"] for run in studio.get("/api/runs").told["runs"]] == ["second"]


@pytest.mark.parametrize("file", ["recipe.toml", "events.jsonl", "report.json"])
def test_a_damaged_run_is_told_as_broken_beside_the_others(studio: Any, file: str) -> None:
    (studio.runs / "first" / file).write_text("{nonsense\n")
    first, second = studio.get("/api/runs").told["runs"]
    assert first["state"] == "broken"
    assert file in first["sentence"]
    assert first["mend"]
    assert second["state"] == "finished"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("events.jsonl", '{"a": 1}\n'),
        ("events.jsonl", "[]\n"),
        ("events.jsonl", '{"kind": "epoch", "epoch": "x"}\n'),
        ("report.json", '{"format": 1}'),
    ],
)
def test_files_of_another_program_break_nothing(studio: Any, file: str, text: str) -> None:
    (studio.runs / "first" / file).write_text(text)
    first, second = studio.get("/api/runs").told["runs"]
    assert first["state"] == "broken"
    assert "does not say what a run says" in first["sentence"]
    assert second["state"] == "finished"
    assert {studio.get(f"/api/{path}").status for path in ("curves?run=first", "runs/first/progress")} <= {200, 422}
    assert studio.get("/api/runs/first/results").status in (200, 422)


def test_no_folder_is_no_run(studio: Any) -> None:
    shutil.rmtree(studio.runs)
    assert studio.get("/api/runs").told["runs"] == []
    assert studio.get("/api/choices").told["data"] == ["digits"]


def test_a_run_that_was_killed_is_told_as_stopped_and_can_be_resumed(studio: Any) -> None:
    command = [sys.executable, "-m", "neocog", "train", "digits", "--net", "lenet5", "--epochs", "400", "--json"]
    out = studio.runs / "killed"
    with subprocess.Popen([*command, "--out", str(out)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while json.loads(process.stdout.readline())["kind"] != "checkpoint":
            pass
        assert studio.get("/api/runs/killed").told["state"] == "training"
        process.send_signal(signal.SIGKILL)
    found = studio.get("/api/runs/killed").told
    assert found["state"] == "stopped"
    assert found["resumable"]
    assert found["sentence"].startswith("No process works on it. It stopped after epoch ")


def test_data_is_looked_at(studio: Any) -> None:
    found = studio.get("/api/data?path=digits").told
    assert (found["images"], len(found["classes"]), found["refusal"]) == (1797, 10, "")
    assert found["train"] + found["val"] + found["test"] == 1797
    assert found["suggested_name"].startswith("digits-")
    outside = studio.get("/api/data?path=/etc")
    assert outside.status == 422
    assert outside.told["wrong"].startswith("data must lie below the folder")


def test_choices_name_networks_and_recipes(studio: Any) -> None:
    found = studio.get("/api/choices").told
    assert {"lenet5", "resnet18"} <= {each["name"] for each in found["networks"]}
    assert "sentence_cnn" not in {each["name"] for each in found["networks"]}
    assert all(each["summary"].endswith(".") for each in found["recipes"])
    assert (found["has_data"], found["has_model"]) == (False, False)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"name": "../x"}, "a run's name must be that of one folder"),
        ({"name": "first"}, "first is there already"),
        ({"data": "/etc"}, "data must lie below the folder"),
        ({"net": "lenet6"}, "unknown network 'lenet6'"),
        ({"net": "/etc/passwd"}, "unknown network '/etc/passwd'"),
        ({"epochs": "many"}, "`epochs` must be"),
        ({"recipe": "nielson"}, "unknown recipe 'nielson'"),
        ({"changes": {"optimizer.rat": "1"}}, "unknown"),
        ({"changes": {"init": "/etc/passwd"}}, "data must lie below the folder"),
        ({"changes": {"data.path": "/etc"}}, "`data.path` has a place of its own"),
        ({"changes": {"net": "/etc/passwd"}}, "`net` has a place of its own"),
        ({"name": "x" * 101}, "body.name: String should have at most 100 characters"),
    ],
)
def test_a_run_that_cannot_be_is_refused_before_it_begins(studio: Any, changed: dict[str, Any], wrong: str) -> None:
    answer = studio.post("/api/runs", {"name": "new", "data": "digits"} | changed)
    assert answer.status == 422
    assert answer.told["wrong"].startswith(wrong)
    assert answer.told["mend"]
    assert not (studio.runs / "new").exists()


def test_twenty_clients_at_once_are_all_answered(studio: Any) -> None:
    paths = ["/api/runs", "/api/runs/first/results", "/api/runs/second/progress", "/api/runs/first/samples"]
    paths += ["/api/runs/first/samples/3/picture", "/api/networks/lenet5", "/api/curves?run=first"]

    def client(number: int) -> set[int]:
        return {studio.get(paths[(number + turn) % len(paths)]).status for turn in range(len(paths))}

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(client, range(20))) == [{200}] * 20
