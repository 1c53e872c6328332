"""Who speaks of several processes: the first that has something to say, and nobody after it."""

import json
import threading
from pathlib import Path

import pytest

from neocog.core import launch


@pytest.fixture
def launched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a launch in which this is the second process of the first attempt."""
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "run")
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "0")
    monkeypatch.setenv("LOCAL_RANK", "1")
    become(monkeypatch, tmp_path, 0, 1)
    return tmp_path


def become(monkeypatch: pytest.MonkeyPatch, folder: Path, attempt: int, rank: int) -> Path:
    """Be that process of a launch from now on; where torchrun looks for its error."""
    file = folder / f"attempt_{attempt}" / str(rank) / "error.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(file))
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", str(attempt))
    return file


def test_a_process_that_nobody_launched_speaks_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (launch.launched(), launch.follows(), launch.attempt(), launch.told()) == (False, False, 0, None)
    assert launch.tells("wrong") and launch.tells("wrong")
    assert not launch.hears()
    become(monkeypatch, tmp_path, 2, 0)  # what another launcher left in the environment
    assert (launch.attempt(), launch.told(), launch.tells("wrong")) == (0, None, True)


def test_the_first_tells_for_all_and_for_those_that_are_started_again(
    launched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (launch.launched(), launch.follows(), launch.told()) == (True, True, None)
    assert launch.tells("no space; free some")
    files = [become(monkeypatch, launched, *place) for place in ((0, 0), (1, 0), (1, 1))]
    for file in files:
        monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(file))
        assert launch.told() == "no space; free some"
        assert launch.hears()
        assert not launch.tells("no space; free some")
        message = json.loads(file.read_text())["message"]
        assert message["message"] == "no space; free some"
        assert int(message["extraInfo"]["timestamp"]) > 0
    assert launch.attempt() == 1


def test_one_of_many_that_have_something_to_say_at_once_says_it(launched: Path) -> None:
    gate, said = threading.Barrier(16), []

    def speak() -> None:
        gate.wait()
        said.append(launch.tells("wrong"))

    speakers = [threading.Thread(target=speak) for _ in range(16)]
    for speaker in speakers:
        speaker.start()
    for speaker in speakers:
        speaker.join()
    assert sorted(said) == [False] * 15 + [True]


def test_who_knows_nothing_waits_for_another_to_speak(launched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(launch.time, "sleep", lambda seconds: slept.append(seconds) or launch.tells("wrong"))
    assert launch.hears()
    assert len(slept) == 1
    (launched / "neocog.told").unlink()
    clock = iter(range(100))
    monkeypatch.setattr(launch.time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(launch.time, "sleep", slept.append)
    assert not launch.hears()
    assert len(slept) == 1 + launch.SPEAKING - 1


def test_where_nothing_can_be_left_all_speak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "run")
    monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(tmp_path / "gone" / "attempt_0" / "0" / "error.json"))
    assert launch.tells("wrong") and launch.tells("wrong")
