"""Images that someone names: files, folders and patterns become a list, and a model answers for each in turn.

An image is known by its content. A file that is named must be one; what else lies in a folder or matches a pattern is
passed over, unless its extension says that it should have been an image. What cannot be read is kept with its reason,
never dropped. Files are read and prepared by threads, a batch at a time, so that ten thousand need no more memory than
a few hundred.

    found = find_images(["photos", "more/*.jpg"])
    for answer in answers(load("model.safetensors"), found.files):
        print(answer.file, answer.prediction or answer.problem)
"""

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from torch import nn

from neocog.core.errors import DataError, ImageError
from neocog.data import Pixels, Preprocessing
from neocog.data.decode import HEAD
from neocog.data.kinds import INPUT_KINDS, input_kind
from neocog.data.parallel import chunked
from neocog.data.pictures import prepared_from
from neocog.data.source import MAX_IMAGE_BYTES
from neocog.data.trees import folder_tree, listed
from neocog.model.model import Model
from neocog.model.outputs import BATCH
from neocog.model.predict import Prediction, predict

EXTENSIONS = {
    "image": frozenset([".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm"]),
    "sound": frozenset([".wav", ".flac"]),
}
"""The extensions of files that are listed as unreadable, not passed over, where they hold no such sample."""
_BATCH_BYTES = 2**24

T = TypeVar("T")


@dataclass(frozen=True)
class FoundImages:
    """The image files that were named, each once, in the order given (inside a folder or pattern: sorted by path).

    `problems` are (name, reason) of what was named and is no image, `passed_over` counts other files beside the images.
    """

    files: tuple[Path, ...]
    problems: tuple[tuple[str, str], ...]
    passed_over: int


@dataclass(frozen=True)
class Answer:
    """What a model says to a file: its `prediction`, or None and in `problem` why the file cannot be read."""

    file: Path
    prediction: Prediction | None
    problem: str = ""


def find_images(names: Sequence[str], kind: str = "image") -> FoundImages:
    """The images, or the sounds, that files, folders (with all below them) and patterns (`*`, `?`, `[...]`, `**`) name.

    Raises `DataError` where there is none at all.

    >>> find_images(["nowhere/*.png"])
    Traceback (most recent call last):
    ...
    neocog.core.errors.DataError: there is no image to predict: nowhere/*.png (no such file); name image files, ...
    """
    files: dict[Path, Path] = {}
    problems: list[tuple[str, str]] = []
    passed_over = 0
    for name in names:
        try:
            paths, bad = _named(name)
        except OSError as error:  # a name that is too long, a folder that may not be entered
            paths, bad = [], [(name, error.strerror or str(error))]
        for found in paths:
            if found == Path(name) or input_kind(_head(found)) == kind or found.suffix.lower() in EXTENSIONS[kind]:
                files.setdefault(found.absolute(), found)
            else:
                passed_over += 1
        if not paths and not bad:
            bad = [(name, "an empty folder" if name and Path(name).is_dir() else "no such file")]
        problems += bad
    if not files:
        reasons = (
            listed([f"{name} ({reason})" for name, reason in problems])
            or f"{listed(list(names))} (no {INPUT_KINDS[kind]} in it)"
        )
        raise DataError(
            f"there is no {kind} to predict: {reasons}; name {kind} files, their folder, or a pattern in quotes"
        )
    return FoundImages(tuple(files.values()), tuple(problems), passed_over)


def read_image(path: Path, preprocessing: Preprocessing) -> Pixels:
    """An image file as the network's input (uint8 C H W); raises `ImageError` with the reason in a few words.

    >>> read_image(Path("nowhere.png"), Preprocessing(size=(8, 8), channels=1))
    Traceback (most recent call last):
    ...
    neocog.core.errors.ImageError: no such file
    """
    try:
        if not path.is_file():
            raise ImageError("no regular file" if path.exists() else "no such file")
        with path.open("rb") as file:
            raw = file.read(HEAD)
            if input_kind(raw):  # a large file of another kind is not read at all
                if os.fstat(file.fileno()).st_size > MAX_IMAGE_BYTES:
                    raise ImageError(f"too large (over {MAX_IMAGE_BYTES:,} bytes)")
                raw += file.read()
    except OSError as error:
        raise ImageError(f"cannot be opened ({error.strerror or error})") from error
    return prepared_from(raw, preprocessing)


def answers(model: Model, files: Sequence[Path]) -> Iterator[Answer]:
    """What the model says to each file, in order, as it comes; of one that cannot be read, why."""
    for found in each_answer(model, files, lambda images, module: predict(model, images, module)):
        yield Answer(*found)


def each_answer(
    model: Model, files: Sequence[Path], ask: Callable[[Pixels, nn.Module], Sequence[T]]
) -> Iterator[tuple[Path, T | None, str]]:
    """Each file with what `ask` says to it, prepared (uint8 N C H W at a time), or None and why it cannot be read.

    Only as many images as the threads work on are in memory at once.
    """
    module = model.module()
    size = model.pictured.channels * model.pictured.size[0] * model.pictured.size[1]

    def work(rows: range) -> list[Pixels | ImageError]:
        return [_read_or_reason(files[row], model.pictured) for row in rows]

    place = 0
    for batch in chunked(work, len(files), chunk=max(1, min(BATCH, _BATCH_BYTES // size))):
        pixels = [image for image in batch if not isinstance(image, ImageError)]
        said = iter(ask(np.stack(pixels), module) if pixels else [])
        for image in batch:
            if isinstance(image, ImageError):
                yield files[place], None, str(image)
            else:
                yield files[place], next(said), ""
            place += 1


def _read_or_reason(path: Path, preprocessing: Preprocessing) -> Pixels | ImageError:
    try:
        return read_image(path, preprocessing)
    except ImageError as error:
        return error


def _named(name: str) -> tuple[list[Path], list[tuple[str, str]]]:
    """The files that a name means, images or not, and what may not be followed."""
    path = Path(name)
    if name and path.is_dir():
        return _in_folder(path)
    return ([path], []) if name and path.exists() else _matching(name)


def _in_folder(folder: Path) -> tuple[list[Path], list[tuple[str, str]]]:
    """The files below a folder, hidden ones left out, and what may not be followed."""
    tree = folder_tree(folder, str(folder))
    return [folder / path for path in tree.files], [(str(folder / path), why) for path, why in tree.refused.items()]


def _matching(pattern: str) -> tuple[list[Path], list[tuple[str, str]]]:
    """The files that a pattern matches, and those below the folders that it matches."""
    paths: list[Path] = []
    bad: list[tuple[str, str]] = []
    for path in map(Path, sorted(glob.glob(pattern, recursive=True))):  # noqa: PTH207 absolute patterns too
        more, refused = _in_folder(path) if path.is_dir() else ([path], [])
        paths += more
        bad += refused
    return paths, bad


def _head(path: Path) -> bytes:
    """A file's first bytes, none where they cannot be read: `read_image` then says why."""
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError:
        return b""
