"""Trainings and evaluations that the studio starts: each is a `neocog` command of its own, and outlives the studio.

The command's words go to a hidden file in the run folder, which the process holds locked for as long as it lives: so
any studio, also one that was started later, sees whether it does. To stop a training is to leave a wish in its folder,
which it looks at after every step; no process is ever killed.
"""

import fcntl
import subprocess
import sys
import time
from typing import Any, BinaryIO, Literal, final

from neocog.core.errors import RunError
from neocog.core.files import make_folder, storage_errors
from neocog.core.run import JOB, LOG, RunFolder

Kind = Literal["train", "evaluate"]
ENDING = 20.0
"""The longest that an evaluation waits for the end of its training, which has said its last word, in seconds."""
MOST_LOG = 20_000
"""The most of a log that is read, in bytes from its end."""


@final
class Jobs:
    """The processes that this studio started; those that ended are let go."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, run: RunFolder, kind: Kind, arguments: list[str]) -> None:
        """Run `neocog KIND ...` for a run folder; raises `RunError` while another process works there."""
        self._started = [each for each in self._started if each.poll() is None]
        make_folder(run.path)
        log = run.path / LOG
        with storage_errors(log):
            file = log.open("ab")
        with file:
            _take(file, run, ENDING if kind == "evaluate" and kind_of(run) == "train" else 0.0)
            file.truncate(0)
            began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            run.write_json(JOB, {"kind": kind, "arguments": arguments, "time": began})
            process = subprocess.Popen(
                [sys.executable, "-m", "neocog", kind, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,  # Ctrl-C in the studio's terminal is not for it
            )
        self._started.append(process)

    def wait(self) -> None:
        """Wait until all that was started has ended."""
        for process in self._started:
            process.wait()


def _take(file: BinaryIO, run: RunFolder, patience: float) -> None:
    """Lock a log, within so many seconds; raises `RunError` where another process holds it."""
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= end:
                raise RunError(
                    f"the run {run.path.name} is being worked on already; wait for it, or stop it first"
                ) from None
        time.sleep(0.05)


def kind_of(run: RunFolder) -> Kind | None:
    """What the studio last started in a folder; None where it started nothing, or nothing that can be read."""
    try:
        kind = run.read_json(JOB).get("kind")
    except RunError:
        return None
    return kind if kind in ("train", "evaluate") else None


def is_alive(run: RunFolder) -> bool:
    """Whether what the studio last started in a folder is still at work."""
    try:
        with (run.path / LOG).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def failure(run: RunFolder) -> str:
    """The error that ended what the studio last started in a folder, as one sentence with its mend; "" for none.

    >>> from pathlib import Path
    >>> failure(RunFolder(Path("nowhere")))
    ''
    """
    wrong, found, rest = log(run).rpartition("error: ")
    del wrong
    if not found:
        return ""
    lines = [line.strip() for line in rest.splitlines()[:2]]
    return "; ".join(filter(None, lines))


def log(run: RunFolder) -> str:
    """The last words of what the studio last started in a folder."""
    try:
        with (run.path / LOG).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - MOST_LOG))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def arguments(choices: dict[str, Any]) -> list[str]:
    """Choices of a recipe as a command line takes them.

    >>> arguments({"net": "lenet5", "epochs": 3})
    ['--set', 'net=lenet5', '--set', 'epochs=3']
    """
    return [part for name, value in choices.items() for part in ("--set", f"{name}={value}")]
