"""A training that the studio starts, watched over real requests: it stops, goes on, fails and outlives the studio."""

import time
from pathlib import Path
from typing import Any

import pytest

from neocog.core.errors import RunError
from neocog.core.run import LOG, RunFolder
from neocog.studio import Opened
from neocog.studio.jobs import Jobs, failure, is_alive, log

QUICK = {"data": "digits", "net": "mlp"}


def test_a_training_is_started_watched_stopped_and_resumed(studio: Any) -> None:
    answer = studio.post("/api/runs", {"name": "new", "epochs": "300", "seed": "3", **QUICK})
    assert answer.status == 201
    assert answer.told["state"] == "starting"
    studio.until("new", "training")
    place, epochs = "", []
    while len(epochs) < 3:
        news = studio.get(f"/api/runs/new/progress?place={place}").told
        assert news["follows"]
        place, epochs = news["place"], epochs + [epoch["epoch"] for epoch in news["epochs"]]
        time.sleep(0.1)
    assert epochs == list(range(1, len(epochs) + 1))
    assert studio.post("/api/runs/new/stop").told["state"] in ("stopping", "stopped")
    stopped = studio.until("new", "stopped")
    assert 3 <= stopped["epoch"] < 300
    assert stopped["resumable"] and stopped["seed"] == 3
    assert not RunFolder(studio.runs / "new").asked_to_stop(), "the wish was followed"
    refused = studio.post("/api/runs/new/stop")
    assert (refused.status, refused.told["wrong"]) == (422, "new is not training")
    assert studio.post("/api/runs/new/resume").told["state"] in ("starting", "training")
    assert studio.until("new", "training")["epoch"] >= stopped["epoch"]
    again = studio.post("/api/runs/new/resume")
    assert again.told["wrong"] == "new cannot be resumed, for it is finished or at work"
    studio.post("/api/runs/new/stop")
    studio.until("new", "stopped")


def test_a_training_that_fails_says_why(studio: Any) -> None:
    answer = studio.post(
        "/api/runs", {"name": "new", "changes": {"init": "nothing.safetensors"}, "data": "digits", "net": "lenet5"}
    )
    assert answer.status == 201, answer.told
    found = studio.until("new", "failed")
    assert found["sentence"]
    assert found["mend"]
    assert studio.get("/api/runs/new/progress").told["log"].startswith("error: ")


def test_an_unfinished_run_is_not_judged(studio: Any) -> None:
    (studio.runs / "first" / "events.jsonl").write_text("")
    answer = studio.post("/api/runs/first/results")
    assert answer.told["wrong"] == "first must be finished before it is judged"


def test_a_place_that_was_forgotten_gives_the_whole_again(studio: Any) -> None:
    whole = studio.get("/api/runs/first/progress").told
    assert len(whole["epochs"]) == 2
    assert whole["epochs"][0]["weights"]
    after = studio.get(f"/api/runs/first/progress?place={whole['place']}").told
    assert (after["follows"], after["epochs"], after["place"]) == (True, [], whole["place"])
    RunFolder(studio.runs / "first").truncate_events(0)
    gone = studio.get(f"/api/runs/first/progress?place={whole['place']}").told
    assert (gone["follows"], gone["epochs"]) == (False, [])


def test_two_do_not_work_in_one_folder_and_a_later_studio_sees_who_does(tmp_path: Path) -> None:
    run, jobs = RunFolder(tmp_path / "run"), Jobs()
    jobs.start(run, "train", ["--help"])
    assert is_alive(run)
    with pytest.raises(RunError, match="run is being worked on already; wait for it, or stop it first"):
        Jobs().start(run, "train", [])
    jobs.start(run, "evaluate", ["--help"])  # a training that is finished still takes a moment to end
    jobs.wait()
    assert "evaluate" in log(run)
    assert not is_alive(run)
    assert failure(run) == ""
    assert (run.path / LOG).is_file()
    assert Opened(tmp_path).names() == ("run",)
