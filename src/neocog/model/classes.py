"""The names of classes from a file, in the order of a network's outputs: what weights from elsewhere do not say.

The file is JSON or text. JSON is a list (`["tench", "goldfish"]`), names by output (`{"0": ["n01440764", "tench"]}`, as
ImageNet's index is passed around) or outputs by name (`{"tench": 0}`); of a list for one class the last is the name.
Text has one name a line. ImageNet has two classes called "crane": names that occur twice are told apart by what stands
before them in their list, else by their output.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from neocog.core.errors import DataError

_START = ("[", "{")


def read_classes(path: Path) -> tuple[str, ...]:
    """The names in a file, all different, in the order of the outputs.

    Raises `DataError` for a file that cannot be read, or does not name each output once.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text in UTF-8"
        raise DataError(f"the classes cannot be read from {path} ({reason}); give JSON, or one name a line") from error
    found = _from_json(text, path) if text.lstrip().startswith(_START) else _from_lines(text)
    if not found:
        raise DataError(f"{path} names no class; write one name a line")
    empty = next((place for place, (_, name) in enumerate(found) if not name), None)
    if empty is not None:
        raise DataError(f"{path} must name every class, got an empty name at {empty}; number 0 is the first one")
    return _told_apart(found, path)


def _from_lines(text: str) -> list[tuple[str, str]]:
    return [("", line.strip()) for line in text.rstrip().splitlines()]


def _from_json(text: str, path: Path) -> list[tuple[str, str]]:
    """What tells a class apart, and its name, for each output."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON ({str(error)[:120]}); mend it, or write one name a line") from error
    if isinstance(document, dict):
        document = _in_order(document, path)
    return [_name(entry, path) for entry in document]


def _in_order(document: dict[str, Any], path: Path) -> list[Any]:
    """The names of an object whose keys, or whose values, number the outputs."""
    by_output: dict[Any, Any]
    if all(type(value) is int for value in document.values()):
        by_output = {output: name for name, output in document.items()}
    else:
        by_output = {int(key) if key.isdecimal() else key: value for key, value in document.items()}
    missing = next((output for output in range(len(document)) if output not in by_output), None)
    if missing is not None:
        raise DataError(
            f"{path} must number its {len(document)} classes from 0 to {len(document) - 1}, and {missing} is missing; "
            "give each output one name"
        )
    return [by_output[output] for output in range(len(document))]


def _name(entry: Any, path: Path) -> tuple[str, str]:
    parts = entry if isinstance(entry, list) else [entry]
    if not parts or not all(isinstance(part, str) for part in parts):
        raise DataError(f"in {path} a class must be a name or a list of names, got {repr(entry)[:60]}; write its name")
    return " ".join(parts[:-1]).strip(), parts[-1].strip()


def _told_apart(found: list[tuple[str, str]], path: Path) -> tuple[str, ...]:
    counts = Counter(name for _, name in found)
    names = [name if counts[name] == 1 else f"{name} ({before or place})" for place, (before, name) in enumerate(found)]
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise DataError(f"{path} names the class {twice!r} twice; names must differ")
    return tuple(names)
