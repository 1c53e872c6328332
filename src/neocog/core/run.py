"""The run folder: everything that a run says, as open formats, written so that a kill at any moment loses nothing.

Only this module reads and writes a run's files. Whole files are replaced atomically; `events.jsonl` and `ledger.jsonl`
grow by whole lines. A half-written last line, left by a kill, is not an event and is cut off by the next writer.
"""

import csv
import fcntl
import hashlib
import io
import itertools
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, BinaryIO, final

from neocog.core.errors import MissingRunError, RunError
from neocog.core.files import FORMAT, PART, atomic_write, make_folder, storage_errors

RECIPE = "recipe.toml"
SPLITS = "splits.csv"
EVENTS = "events.jsonl"
CHECKPOINT = "checkpoint.safetensors"
MODEL = "model.safetensors"
REPORT = "report.html"
REPORT_DATA = "report.json"
PREDICTIONS = "predictions.csv"
LEDGER = "ledger.jsonl"
ENVIRONMENT = "environment.json"
LOCK = ".lock"
STOP = ".stop"
JOB = ".job.json"
LOG = ".job.log"

_PROBED = 0.05
"""For how long, in seconds, a writer tries again: a reader may be looking whether the lock is held."""
_MARK = 256
"""The bytes before a place in `events.jsonl` by which it is known again."""


@dataclass(frozen=True)
class SplitRow:
    """One line of `splits.csv`: a sample, its label, where it went, and the hash of its content."""

    file: str
    label: str
    split: str
    hash: str


@dataclass(frozen=True, kw_only=True)
class Opening:
    """One line of `ledger.jsonl`: somebody computed predictions on a test set."""

    time: str
    test_hash: str
    samples: int
    model: str
    command: str
    format: int = FORMAT


@final
class RunFolder:
    """A folder on disk that holds one run. `create` makes a new one, `open` takes one that is there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @staticmethod
    def create(path: Path) -> "RunFolder":
        """A new run; raises `RunError` where something is there already."""
        if path.exists() and not path.is_dir():
            raise RunError(f"{path} is a file, and a run needs a folder; choose another --out")
        if path.is_dir() and any(not entry.name.startswith(".") for entry in path.iterdir()):
            if (path / RECIPE).exists():
                raise RunError(f"{path} already holds a run; continue it with --resume, or choose another --out")
            raise RunError(f"{path} is not empty; choose another --out")
        make_folder(path)
        return RunFolder(path)

    @staticmethod
    def open(path: Path) -> "RunFolder":
        """A run that is there; raises `RunError` where there is none."""
        if not path.exists():
            raise MissingRunError(f"there is no run at {path}; `neocog train` makes one")
        if not (path / RECIPE).is_file():
            raise RunError(
                f"{path} is not a run folder (it has no {RECIPE}); give the folder that `neocog train` printed"
            )
        return RunFolder(path)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one writer; raises `RunError` while another lives.

        A dead writer's lock is gone with it, and what it was writing when it died is removed.
        """
        with storage_errors(self.path / LOCK):
            file = (self.path / LOCK).open("a")
        with file:
            until = time.monotonic() + _PROBED
            while not _locked(file, fcntl.LOCK_EX):
                if time.monotonic() > until:
                    raise RunError(f"another process is writing {self.path}; wait for it, or stop it first")
                time.sleep(0.001)
            for half in self.path.glob(f".*{PART}"):
                half.unlink(missing_ok=True)
            yield

    def is_written(self) -> bool:
        """Whether a process is writing the run now; one that was killed holds no lock."""
        try:
            with (self.path / LOCK).open("rb") as file:
                return not _locked(file, fcntl.LOCK_SH)
        except OSError:
            return False

    def ask_to_stop(self) -> None:
        """Ask whoever trains the run, on whichever machine, to save and stop after the step under way."""
        self.write(STOP, "")

    def asked_to_stop(self) -> bool:
        """Whether somebody did."""
        return self.has(STOP)

    def forget_stop(self) -> None:
        """Take the request back: it has been followed, or a new sitting begins."""
        (self.path / STOP).unlink(missing_ok=True)

    def has(self, name: str) -> bool:
        """Whether the run holds the file."""
        return (self.path / name).is_file()

    def write(self, name: str, content: bytes | str | Iterator[bytes | memoryview]) -> None:
        """Replace a whole file atomically; its content may come in parts."""
        atomic_write(self.path / name, content)

    def read(self, name: str) -> bytes:
        """A whole file; raises `RunError` where the run does not hold it."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            raise RunError(f"{self.path} holds no {name}; the run did not get that far") from None

    def opened(self, name: str) -> BinaryIO:
        """A file of the run to read in parts; it stays what it is when the run replaces it."""
        return (self.path / name).open("rb")

    def read_text(self, name: str) -> str:
        """A whole file of text; raises `RunError` where it is not there, or no text."""
        try:
            return self.read(name).decode()
        except UnicodeDecodeError as error:
            raise RunError(f"{self.path / name} is no text ({error}); the run is damaged, begin a new one") from error

    def write_json(self, name: str, document: dict[str, Any]) -> None:
        """Replace a JSON file, `format` first."""
        self.write(name, json.dumps({"format": FORMAT, **document}, indent=1, ensure_ascii=False) + "\n")

    def read_json(self, name: str) -> dict[str, Any]:
        """A JSON file of the run; raises `RunError` where it cannot be read or has another format version."""
        try:
            document = json.loads(self.read(name))
        except ValueError as error:
            raise RunError(f"{self.path / name} is not JSON ({error}); make it anew") from error
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise RunError(f"{self.path / name} is not of format {FORMAT}; use the neocog that wrote it")
        return document

    # -- tables -----------------------------------------------------------------------------------------------------

    def write_table(self, name: str, columns: list[str], rows: Iterator[list[Any]]) -> None:
        """Replace a CSV file; the last column, `format`, says the version."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*columns, "format"])
        for row in rows:
            writer.writerow([*row, FORMAT])
        self.write(name, text.getvalue())

    def write_splits(self, rows: list[SplitRow]) -> None:
        """Replace `splits.csv`."""
        columns = [field.name for field in fields(SplitRow)]
        self.write_table(SPLITS, columns, map(list, map(attrgetter(*columns), rows)))

    def read_splits(self) -> list[SplitRow]:
        """The lines of `splits.csv`; raises `RunError` where a column is missing."""
        return [SplitRow(*row) for row in self.read_columns(SPLITS, [field.name for field in fields(SplitRow)])]

    def read_columns(self, name: str, columns: list[str]) -> list[list[str]]:
        """Some columns of a CSV file, row by row; raises `RunError` where one is missing."""
        reader = csv.reader(io.StringIO(self.read_text(name), newline=""))
        head = next(reader, [])
        if not set(columns) <= set(head):
            raise RunError(f"{self.path / name} must have the columns {', '.join(columns)}; the run is damaged")
        places = [head.index(column) for column in columns]
        return [[row[place] for place in places] for row in reader if len(row) == len(head)]

    # -- events -----------------------------------------------------------------------------------------------------

    def append_events(self, events: list[dict[str, Any]]) -> None:
        """Add lines to `events.jsonl`, on disk before it returns."""
        self._append(EVENTS, events)

    def read_events(self) -> list[dict[str, Any]]:
        """All whole lines of `events.jsonl`, in order; none where it is not there yet."""
        return self._lines(EVENTS)

    def events_since(self, place: str) -> tuple[list[dict[str, Any]], str, bool]:
        """The whole lines of `events.jsonl` after a place, the place after them, and whether they follow on it.

        A place is what an earlier call gave, "" for the beginning. A run that goes on forgets what came after its
        checkpoint; a place that is forgotten is known by the bytes before it, and all lines are given again.
        """
        try:
            data = (self.path / EVENTS).read_bytes()
        except FileNotFoundError:
            return [], "", place == ""
        data = data[: data.rfind(b"\n") + 1]
        number, _, mark = place.partition("-")
        begin = int(number) if number.isdecimal() else 0
        follows = begin <= len(data) and (place == "" or mark == _mark(data, begin))
        begin = begin if follows else 0
        lines = self._parsed(data[begin:], EVENTS, 1 + data.count(b"\n", 0, begin))
        return lines, f"{len(data)}-{_mark(data, len(data))}", follows

    def events_length(self) -> int:
        """The length of `events.jsonl` in bytes; 0 where it is not there yet."""
        path = self.path / EVENTS
        return path.stat().st_size if path.exists() else 0

    def truncate_events(self, length: int) -> None:
        """Forget the events past `length` bytes: those that came after the checkpoint that a resume starts from."""
        path = self.path / EVENTS
        if self.events_length() < length:
            raise RunError(f"{path} is shorter than its checkpoint says; the run is damaged, begin a new one")
        if not path.exists():
            return
        with storage_errors(path):
            os.truncate(path, length)

    # -- ledger -----------------------------------------------------------------------------------------------------

    def record_opening(self, test_hash: str, samples: int, model: str, command: str) -> None:
        """Write down that the test set is about to be opened; `model` is the hash of the model file."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = Opening(time=now, test_hash=test_hash, samples=samples, model=model, command=command)
        self._append(LEDGER, [asdict(line)])

    def openings(self, test_hash: str) -> list[tuple[str, Opening]]:
        """Every opening of that test set by this run and the runs beside it, oldest first, with the run's name."""
        names = {field.name for field in fields(Opening)}
        own = self.path.resolve()
        found = []
        for folder in (own, *(other for other in own.parent.iterdir() if other != own)):
            try:
                lines = RunFolder(folder)._lines(LEDGER)
            except (OSError, RunError):  # a neighbor that is closed to us or damaged does not stop this run
                if folder == own:
                    raise
                continue
            found += [
                (folder.name, Opening(**line))
                for line in lines
                if set(line) == names and line["test_hash"] == test_hash
            ]
        return sorted(found, key=lambda pair: (pair[1].time, pair[0]))

    # -- lines ------------------------------------------------------------------------------------------------------

    def _append(self, name: str, lines: list[dict[str, Any]]) -> None:
        path = self.path / name
        with storage_errors(path), path.open("ab+") as file:
            end = file.seek(0, os.SEEK_END)
            if end:
                file.seek(end - 1)
                if file.read(1) != b"\n":  # a kill left half a line
                    file.seek(0)
                    file.truncate(file.read().rfind(b"\n") + 1)
                    end = file.seek(0, os.SEEK_END)
            data = "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines).encode()
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                os.truncate(path, end)
                raise

    def _lines(self, name: str) -> list[dict[str, Any]]:
        path = self.path / name
        return self._parsed(path.read_bytes(), name) if path.exists() else []

    def _parsed(self, data: bytes, name: str, first: int = 1) -> list[dict[str, Any]]:
        """The whole lines among some bytes of a file, of which the first one has that number."""
        found = []
        for number, line in enumerate(data.split(b"\n")[:-1], first):
            try:
                found.append(json.loads(line))
            except ValueError as error:
                raise RunError(f"{self.path / name}, line {number} is not JSON ({error}); remove that line") from error
        return found


def _locked(file: IO[Any], kind: int) -> bool:
    """Take a lock of a kind unless another process stands in the way."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _mark(data: bytes, end: int) -> str:
    """What the bytes before a place come to."""
    return hashlib.sha256(data[max(0, end - _MARK) : end]).hexdigest()[:12]


def default_folder(data_name: str) -> Path:
    """A new folder for what is given none by `--out`: `runs/DATA-DATE`, numbered from the second of a day.

    It is made at once, so two that begin together get one each.
    """
    base = Path("runs") / f"{data_name}-{time.strftime('%Y-%m-%d')}"
    for number in itertools.count(1):
        path = base if number == 1 else base.with_name(f"{base.name}-{number}")
        with storage_errors(path), suppress(FileExistsError):
            make_folder(path.parent)
            path.mkdir()
            return path
    raise AssertionError("there is always a next number")


@contextmanager
def given_back(path: Path) -> Iterator[Path]:
    """A new folder that is removed at the end where nothing was written to it."""
    try:
        yield path
    finally:
        for folder in (path, path.parent):
            with suppress(OSError):  # it is not empty
                folder.rmdir()
