"""The side of a peer in `bench/time_to_accuracy.py`: one process that tells, line by line, how far it has come.

    def run(task, told):
        ...                          # imports
        told.imported("fastai", "torch")
        ...                          # for some epochs, until the process is ended from outside
            told.seen(images)        # now and then
            told.judged(accuracy)    # each validation

Times are taken where the lines arrive, from the moment the process was started.
"""

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

Task = dict[str, Any]
"""The set, its folder and classes, and the seed; where all have the same network, its text and the side of images."""


class Told:
    """The lines that go out."""

    def __init__(self) -> None:
        self._lines = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)  # what libraries print is no line of ours
        self._seen = 0

    def imported(self, *packages: str) -> None:
        """The libraries are loaded; the versions of some packages go with it."""
        versions = {}
        for package in packages:
            with suppress(PackageNotFoundError):
                versions[package] = version(package)
        self._tell(imported=versions)

    def seen(self, images: int) -> None:
        """So many more images were trained on."""
        self._seen += images
        self._tell(seen=self._seen)

    def judged(self, accuracy: float) -> None:
        """An epoch is over, with this validation accuracy."""
        self._tell(accuracy=accuracy)

    def missing(self, reason: str) -> None:
        """A library is not installed."""
        self._tell(missing=reason)

    def _tell(self, **line: object) -> None:
        self._lines.write(json.dumps(line) + "\n")


def serve(run: Callable[[Task, Told], None]) -> None:
    """Run a peer in this process, which was started with its task as the one argument."""
    told = Told()
    try:
        run(json.loads(sys.argv[1]), told)
    except ImportError as error:
        told.missing(str(error).partition("\n")[0])
