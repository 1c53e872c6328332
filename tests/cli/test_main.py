"""The entry: verbs by name, help without a verb, and an exit status that says whose turn it is."""

import subprocess
import sys
from pathlib import Path

import pytest

from neocog import __version__
from neocog.cli.__main__ import VERBS, run


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_without_a_verb_it_tells_the_verbs(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 0
    told = capsys.readouterr().out
    assert [verb for verb in VERBS if f"\n  {verb} " not in told] == []
    assert max(map(len, told.splitlines())) <= 100


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"neocog {__version__}\n"


def test_an_unknown_verb_is_two_lines_and_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trian", "photos"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "error: unknown verb 'trian'\n       did you mean 'train'?\n"


def test_an_unknown_flag_is_the_users_to_mend(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "--jsno"]) == 2
    assert "--jsno" in capsys.readouterr().err


def test_a_reader_that_goes_away_leaves_no_traceback() -> None:
    """As with `neocog show vgg16 | head -1`."""
    command = [sys.executable, "-m", "neocog.cli", "show", "vgg16"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 141


def test_an_interruption_is_told_by_the_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(verb: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("neocog.cli.__main__.command", interrupted)
    assert run(["show"]) == 130
    assert capsys.readouterr().err == "error: interrupted\n       run the same command again\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_below_the_output_is_one_message() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "neocog.cli", "show", "vgg16", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("error: the output cannot be used (No space left on device)")
    assert "Traceback" not in done.stderr


def test_a_name_that_is_too_long_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "x" * 300 + ".network"]) == 2
    assert capsys.readouterr().err.startswith("error: ")
