"""Torchrun and its processes: what a user must mend is told once, however many there are and however often they start.

Where a process ends with an error, torchrun ends the others and starts all of them again, as often as `--max-restarts`
allows: right after an accident, in vain where a user has something to mend. So the first process that has something to
say leaves it in the folder that torchrun keeps for the launch on this machine. Who finds it there, beside the first or
started again, ends with the same status and without a word. Torchrun repeats it at the end of its own account, because
each process writes the file where torchrun looks for it (`torch.distributed.elastic.multiprocessing.errors`).
"""

import json
import os
import time
from pathlib import Path

SPEAKING = 10.0
"""Seconds that another process on this machine has to say why it ended."""

_RUN = "TORCHELASTIC_RUN_ID"
_RESTARTS = "TORCHELASTIC_RESTART_COUNT"
_ERROR_FILE = "TORCHELASTIC_ERROR_FILE"
"""Where torchrun looks for a process's error: `attempt_N/LOCAL_RANK/error.json` in the folder of the launch."""


def launched() -> bool:
    """Whether torchrun started this process."""
    return _RUN in os.environ


def attempt() -> int:
    """How often torchrun started all processes again, because one of them had ended with an error."""
    return int(os.environ.get(_RESTARTS, 0)) if launched() else 0


def follows() -> bool:
    """Whether torchrun started this process beside another one on this machine, which speaks for both."""
    return os.environ.get("LOCAL_RANK", "0") != "0"


def told() -> str | None:
    """What a process of this launch has told a user to mend; None where none has, or where nobody launched this one."""
    file = _error_file()
    if file is None:
        return None
    try:
        return _word(file).read_text()
    except OSError:
        return None


def tells(message: str) -> bool:
    """Whether this process is the first of its launch with something for a user to mend, and so the one to say it."""
    file = _error_file()
    if file is None:
        return True
    _report(file, message)
    try:
        with _word(file).open("x") as word:
            word.write(message)
    except FileExistsError:
        return False
    except OSError:  # where nothing can be left for the others, all of them speak
        pass
    return True


def hears() -> bool:
    """Whether another process on this machine says what is wrong, for which it has a while."""
    end = time.monotonic() + SPEAKING
    while (file := _error_file()) is not None and time.monotonic() < end:
        if _word(file).exists():
            return True
        time.sleep(0.1)
    return False


def _error_file() -> Path | None:
    given = os.environ.get(_ERROR_FILE)
    return Path(given) if given and launched() else None


def _word(file: Path) -> Path:
    return file.parent.parent.parent / "neocog.told"


def _report(file: Path, message: str) -> None:
    """Tell torchrun, in the form that it reads."""
    content = {"message": {"message": message, "extraInfo": {"timestamp": str(int(time.time()))}}}
    try:
        file.write_text(json.dumps(content))
    except OSError:  # torchrun then shows the exit status alone
        return
