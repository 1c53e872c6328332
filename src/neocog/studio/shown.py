"""The image that is looked at: one of the run's data, or one that somebody uploaded or drew.

An address names it by a short text, so that it can be shared: `data:FILE` is an image of the run's data, `kept:HASH`
one that was handed in, kept as its own bytes under their hash, so that the answer is the one of `neocog predict`.

An image of the sealed test set is only shown after the set has been opened by judging the run. To see what the network
makes of it is to compute a prediction on it: so the first look of a studio's life is one more line in the run's ledger.
"""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from neocog.core.errors import ImageError, RunError
from neocog.core.files import content_hash
from neocog.core.run import MODEL, REPORT_DATA, SPLITS, RunFolder, SplitRow
from neocog.data import Pixels, decode, handed_in
from neocog.data.decode import MAX_PIXELS
from neocog.studio.pictures import data_pixels
from neocog.studio.stamps import Stamped

DATA, KEPT = "data:", "kept:"
COMMAND = "neocog studio: See"
"""What stands in the ledger."""


@dataclass(frozen=True)
class Shown:
    """An image, and what is known of it; one of the same name is the same."""

    spec: str
    """Its name in an address."""
    name: str
    pixels: Pixels = field(compare=False, repr=False)
    """As it was found, uint8 H W C."""
    label: str = ""
    """Its class as the data say; "" for one that was handed in."""
    split: str = ""


_SPLITS: Stamped[dict[str, SplitRow]] = Stamped(most=8)
_DECODING = threading.Lock()
"""A large image takes hundreds of megabytes while it is unpacked: one at a time."""


@final
class Gallery:
    """The images that one studio shows; it remembers which runs' test sets it has told their ledgers of."""

    def __init__(self) -> None:
        self._told: set[Path] = set()
        self._lock = threading.Lock()

    def look(self, run: RunFolder | None, spec: str) -> Shown:
        """An image to be answered; one of the sealed test set is told to the ledger.

        Raises `RunError` for a sealed image of a run that was not judged, and what `find` raises.
        """
        found = self.find(run, spec)
        if run is not None and found.split == "test":
            self._open(run)
        return found

    def find(self, run: RunFolder | None, spec: str) -> Shown:
        """An image by the name that an address has for it; without one the first validation image.

        Raises `ImageError` where none is known by that name, `DataError` where the data are no longer there.
        """
        if spec.startswith(KEPT):
            return _kept(spec)
        if run is None:
            raise ImageError("a model file knows no data; upload an image, or draw one")
        rows = split_rows(run)
        if not spec:
            first = next((row.file for row in rows.values() if row.split == "val"), None) or next(iter(rows))
            spec = DATA + first
        row = rows.get(spec.removeprefix(DATA))
        if row is None or not spec.startswith(DATA):
            raise ImageError(f"the data of {run.path.name} hold no image {spec.removeprefix(DATA)!r}; choose another")
        return Shown(spec, row.file, data_pixels(run, row.file), row.label, row.split)

    def _open(self, run: RunFolder) -> None:
        if not run.has(REPORT_DATA):
            raise RunError(
                "this image is of the sealed test set, which nobody has opened yet; judge the run on its page Results "
                "first, or take an image that it was trained or validated on"
            )
        with self._lock:
            if run.path not in self._told:
                report = run.read_json(REPORT_DATA)
                run.record_opening(report["test_hash"], report["n"], content_hash(run.read(MODEL)), COMMAND)
                self._told.add(run.path)


def split_rows(run: RunFolder) -> dict[str, SplitRow]:
    """The images of a run's splits by their names; raises `RunError` where it has none."""
    return _SPLITS.get(run.path, [SPLITS], lambda: {row.file: row for row in run.read_splits() if row.split})


def keep(raw: bytes) -> Shown:
    """Keep an image that was handed in, under the hash of its bytes; raises `ImageError` for what is none."""
    found = given(raw)
    handed_in.keep(raw)
    return found


def given(raw: bytes) -> Shown:
    """An image from its bytes, not kept; raises `ImageError` for what is none."""
    try:
        with _DECODING:
            return Shown(KEPT + handed_in.name_of(raw), "your image", decode(raw).pixels)
    except ImageError as error:
        raise ImageError(
            f"this cannot be shown: {error}; hand in a JPEG, PNG, WebP, TIFF, BMP or GIF image, of one picture and at "
            f"most {MAX_PIXELS // 10**6} million pixels"
        ) from error


def _kept(spec: str) -> Shown:
    raw = handed_in.read(spec.removeprefix(KEPT))
    if raw is None:
        raise ImageError("this image is no longer kept here; upload it, or draw it, once more")
    return given(raw)
