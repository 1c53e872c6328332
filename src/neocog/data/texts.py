"""Sentences as the samples of a data set: rows of a table, lines of one file a class, or files in class folders.

Whatever they come from, a raw sample is the bytes of its text in UTF-8, and a line that is not in the encoding is a row
that cannot be read, so that the check lists it and the rest is used.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from neocog.core.errors import DataError, ImageError
from neocog.data.encoding import AUTO, decoded, lines_of
from neocog.data.given import given_splits, role_of
from neocog.data.source import FileSource
from neocog.data.table import Table
from neocog.data.trees import Tree, counted, listed

SUFFIX = ".txt"
"""What the files of sentences end in."""

MOST_LINES = 2_000_000
"""Lines above which files are not taken for a data set."""

_DOCUMENTS = {"readme", "license", "licence", "copying", "notice", "changelog", "authors", "classes", "labels", "notes"}


@dataclass(frozen=True)
class TextSource:
    """Rows that are texts; one that could not be read is the reason why."""

    texts: tuple[str | DataError, ...]

    def read(self, row: int) -> bytes:
        """The text of a row in UTF-8; `ImageError` where it could not be read."""
        text = self.texts[row]
        if isinstance(text, DataError):
            raise ImageError(str(text))
        return text.encode("utf-8", "surrogatepass")


@dataclass(frozen=True)
class TextFiles(FileSource):
    """Rows that are text files of a tree, in one encoding."""

    encoding: str = AUTO

    def read(self, row: int) -> bytes:
        """The text of a row in UTF-8; `ImageError` where it cannot be read."""
        raw = FileSource.read(self, row)
        if self.encoding == AUTO and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            return raw
        try:
            return decoded(raw, self.paths[row], self.encoding).encode()
        except DataError as error:
            raise ImageError(str(error).partition("; ")[0]) from error


def text_files(paths: Sequence[str]) -> tuple[str, ...]:
    """The text files among some, where most are such; else none.

    >>> text_files(["pos/1.txt", "pos/2.TXT", "pos/list.html"])
    ('pos/1.txt', 'pos/2.TXT')
    """
    found = tuple(path for path in paths if path.lower().endswith(SUFFIX))
    return found if 2 * len(found) > len(paths) else ()


def class_files(tree: Tree) -> dict[str, tuple[str, str]]:
    """The files of sentences, one a class, with their split folder ("" where there is none) and class; or none.

    `pos.txt` and `neg.txt` at the root, or in each of `train/ val/ test/`. A readme is no class, and where texts lie
    deeper, those are the samples.
    """
    paths = [path for path in tree.files if path.lower().endswith(SUFFIX)]
    depth = max((path.count("/") for path in paths), default=0)
    found = {
        path: (path.rpartition("/")[0], PurePosixPath(path).stem)
        for path in paths
        if path.count("/") == depth and PurePosixPath(path).stem.lower() not in _DOCUMENTS
    }
    several = len({label for _, label in found.values()}) > 1
    split = depth == 1 and any(role_of(folder) == "train" for folder, _ in found.values())
    return found if several and (depth == 0 or split) else {}


def line_table(tree: Tree, places: dict[str, tuple[str, str]], encoding: str = AUTO) -> Table:
    """The table of files with one sentence a line, as `class_files` found them; blank lines are no samples."""
    texts: list[str | DataError] = []
    ids: list[str] = []
    labels: list[str] = []
    splits: list[str] = []
    for path, (split, label) in places.items():
        for number, line in enumerate(lines_of(tree.read(path), path, encoding), 1):
            if isinstance(line, str) and not line.strip():
                continue
            texts.append(line)
            ids.append(f"{path} line {number}")
            labels.append(label)
            splits.append(split)
        if len(ids) > MOST_LINES:
            raise DataError(f"{tree.name} holds over {MOST_LINES:,} lines; divide it")
    filled = Counter(labels)
    empty = sorted({path for path, (_, label) in places.items() if not filled[label]})
    if empty:
        raise DataError(f"{tree.name}: no sentence stands in {listed(empty)}; write one a line, or take the file out")
    notes = [f"One sentence a line in {counted(len(places), 'file')}, one a class: {listed(sorted(places))}."]
    roles = {"": ""}
    if any(splits):
        given = given_splits(splits, tree.name)
        roles, notes = given.roles, [*notes, *given.notes]
    return Table(
        name=tree.name,
        source=TextSource(tuple(texts)),
        ids=tuple(ids),
        labels=tuple(labels),
        splits=tuple(roles[split] for split in splits),
        input_kind="text",
        notes=tuple(notes),
    )
