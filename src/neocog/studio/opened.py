"""What the studio was opened on: one folder of runs, perhaps data beside it, and the page to begin with.

Everything that is asked of the studio by name is looked up here, so no name leads out of these folders.

>>> open_path("digits").start
'/data?path=digits'
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from neocog.core.errors import DataError, MissingRunError, RunError
from neocog.core.run import JOB, MODEL, RECIPE, REPORT_DATA, RunFolder
from neocog.evaluate import run_folders

RUNS = "runs"
"""The folder of runs where nothing else is said: where `neocog train` puts them."""
DIGITS = "digits"


@dataclass(frozen=True)
class Opened:
    """The folders that the studio may look into."""

    runs: Path
    """The folder of runs; it need not be there yet."""
    start: str = "/runs"
    """The page to open first."""
    data: str = ""
    """The data that were named; empty for none."""
    model: Path | None = None
    """The model file that was named, where it lies in no run."""

    def folder(self, name: str) -> Path:
        """The place of a run of that name, whether it is there or not; raises `RunError` for what is no name."""
        if not name or name in (".", "..") or any(letter in "/\\" or ord(letter) < 32 for letter in name):
            raise RunError(f"a run's name must be that of one folder, got {name!r}; leave out slashes")
        if name.startswith((".", "-")):
            raise RunError(f"a run's name must not begin with a dot or a dash, got {name!r}; begin with a letter")
        return self.runs / name

    def run(self, name: str) -> RunFolder:
        """The run of that name; raises `MissingRunError` where there is none."""
        path = self.folder(name)
        if not is_run(path):
            raise MissingRunError(f"there is no run {name!r} in {self.runs}; it was deleted, moved or renamed")
        return RunFolder(path)

    def names(self) -> tuple[str, ...]:
        """The runs that are there, by name; also those that were begun here and did not come to a recipe."""
        if not self.runs.is_dir():
            return ()
        return tuple(each.name for each in sorted(self.runs.iterdir()) if each.name[0] not in ".-" and is_run(each))

    def data_path(self, text: str) -> str:
        """Data within reach, as a path that means the same everywhere; raises `DataError` for data that is not."""
        if text == DIGITS:
            return text
        path = Path(text.replace("\0", "")).resolve()
        reach = [
            Path.cwd(),
            self.runs.resolve(),
            *([Path(self.data).resolve()] if self.data not in ("", DIGITS) else []),
        ]
        if not text.strip() or "\0" in text or not any(path.is_relative_to(each) for each in reach):
            raise DataError(
                f"data must lie below the folder that the studio was started in, got {text!r}; start it there, or "
                "name the data: neocog studio DATA"
            )
        return str(path)


def is_run(path: Path) -> bool:
    """Whether a folder holds a run, or one that was begun in the studio."""
    return (path / RECIPE).is_file() or (path / JOB).is_file()


def open_path(text: str | None = None) -> Opened:
    """What a path means: a run, a folder of runs, a model file, or else data; nothing is the folder `runs`.

    Raises `RunError` where nothing is there.
    """
    if text is None:
        return Opened(Path(RUNS))
    if text == DIGITS:
        return Opened(Path(RUNS), f"/data?path={DIGITS}", DIGITS)
    path = Path(text)
    if path.name == MODEL and path.is_file() and is_run(path.parent):
        path = path.parent
    if path.is_dir() and is_run(path):
        place = path.resolve()
        page = "results" if (place / REPORT_DATA).is_file() else "training"
        return Opened(place.parent, f"/runs/{quote(place.name, safe='')}/{page}")
    if path.suffix == ".safetensors" and path.is_file():
        return Opened(Path(RUNS), "/network?model", model=path.resolve())
    if run_folders(path) or (path.is_dir() and not any(path.iterdir())):
        return Opened(path.resolve())
    outermost = path.resolve()
    if not any(each.exists() for each in (outermost, *outermost.parents[:-1]) if each.suffix or each == outermost):
        raise RunError(f"there is nothing at {text}; give a run, a folder of runs, a model file, or data")
    return Opened(Path(RUNS), f"/data?path={quote(text, safe='')}", str(outermost))
