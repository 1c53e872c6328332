"""Frozen values to TOML and back, and dotted overrides: `override(recipe, {"optimizer.rate": "0.1"})`.

A value is a tree of frozen dataclasses. It is checked where text comes in (a file, a command line) and nowhere else:
unknown keys name the nearest one, and pydantic reads the types and ranges off the fields' annotations.
"""

import dataclasses
import tomllib
from collections.abc import Mapping
from typing import Any, TypeVar, cast

import tomli_w
from pydantic import TypeAdapter, ValidationError

from neocog.core.errors import RecipeError, nearest
from neocog.core.files import FORMAT

V = TypeVar("V")


def to_dict(value: Any) -> dict[str, Any]:
    """A frozen value as nested dictionaries of plain numbers, texts and lists."""
    return {
        field.name: _plain(getattr(value, field.name))
        for field in dataclasses.fields(value)
        if getattr(value, field.name) is not None
    }


def to_toml(value: Any) -> str:
    """A frozen value as a TOML file, `format = 1` first."""
    return tomli_w.dumps({"format": FORMAT, **to_dict(value)}, multiline_strings=True)


def from_dict(kind: type[V], data: Mapping[str, Any], where: str = "") -> V:
    """Check and build a value; raises `RecipeError` naming the key, what it must be and what it got.

    `where` (a file's name) opens the message.
    """
    prefix = f"{where}: " if where else ""
    _refuse_unknown(kind, kind, data, prefix)
    try:
        return TypeAdapter(kind).validate_python(dict(data))
    except ValidationError as error:
        found = [(".".join(_known_part(kind, problem["loc"])), problem) for problem in error.errors(include_url=False)]
        key, first = found[0]
        musts = dict.fromkeys(_must(problem["msg"]) for other, problem in found if other == key)
        raise RecipeError(f"{prefix}`{key}` must be {' or '.join(musts)}, not {first['input']!r}; change it") from error


def from_toml(kind: type[V], text: str, where: str) -> V:
    """Read a value from TOML; a file of another format version, or no TOML at all, is a `RecipeError`."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{where} is not TOML: {error}; mend that line") from error
    version = data.pop("format", FORMAT)
    if version != FORMAT:
        raise RecipeError(f"{where} has format {version}, and this version reads {FORMAT}; use a newer neocog")
    return from_dict(kind, data, where)


def override(value: V, changes: Mapping[str, str]) -> V:
    """The value with dotted keys replaced by texts as a command line gives them (`"0.1"`, `"true"`, `"[1, 2]"`).

    Raises `RecipeError` for an unknown key (with the nearest one) or a value of the wrong type or range.
    """
    data = to_dict(value)
    for key, text in changes.items():
        *path, last = key.split(".")
        place, kind = data, cast(Any, type(value))
        for depth, name in enumerate(path):
            kind = _fields(kind).get(name)
            if not dataclasses.is_dataclass(kind):
                raise _unknown(".".join(path[: depth + 1]), type(value), "")
            place = place.setdefault(name, {})
        if last not in _fields(kind) or dataclasses.is_dataclass(_fields(kind)[last]):
            raise _unknown(key, type(value), "")
        place[last] = _listed(key, text) if text.startswith("[") else text
    return from_dict(type(value), data)


def parse_changes(pairs: list[str]) -> dict[str, str]:
    """`["optimizer.rate=0.1"]` as a dictionary.

    >>> parse_changes(["optimizer.rate=0.1"])
    {'optimizer.rate': '0.1'}
    """
    changes = {}
    for pair in pairs:
        key, sign, text = pair.partition("=")
        if not sign or not key.strip():
            raise RecipeError(f"--set takes key=value, not {pair!r}; write, for example, --set optimizer.rate=0.1")
        if key.strip() in changes:
            raise RecipeError(f"--set gives {key.strip()} more than once; leave all but one of them out")
        changes[key.strip()] = text.strip()
    return changes


def keys(kind: Any, prefix: str = "") -> list[str]:
    """Every dotted key of a value's type.

    >>> from neocog.data.options import DataOptions
    >>> keys(DataOptions)[:2]
    ['path', 'label']
    """
    found = []
    for name, inner in _fields(kind).items():
        found += keys(inner, f"{prefix}{name}.") if dataclasses.is_dataclass(inner) else [prefix + name]
    return found


def _listed(key: str, text: str) -> Any:
    """A list as TOML writes it."""
    try:
        return tomllib.loads(f"list = {text}")["list"]
    except tomllib.TOMLDecodeError:
        raise RecipeError(f'`{key}` must be a list such as [["conv1", 0.1]], not {text!r}; mend it') from None


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return to_dict(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _fields(kind: Any) -> dict[str, Any]:
    return {field.name: field.type for field in dataclasses.fields(kind)}


def _must(message: str) -> str:
    """What pydantic says a value should be, as our messages say it."""
    return (
        message.removeprefix("Input should be ")
        .replace("a valid ", "a ")
        .split(", unable")[0]
        .replace("a integer", "an integer")
    )


def _known_part(kind: Any, place: tuple[int | str, ...]) -> list[str]:
    """The leading names that are fields (pydantic adds the branch of a union to the place of an error)."""
    known: list[str] = []
    for name in map(str, place):
        if not dataclasses.is_dataclass(kind) or name not in _fields(kind):
            break
        known.append(name)
        kind = _fields(kind)[name]
    return known


def _refuse_unknown(root: Any, kind: Any, data: Mapping[str, Any], prefix: str, path: str = "") -> None:
    fields = _fields(kind)
    for name, inner in data.items():
        if name not in fields:
            raise _unknown(f"{path}{name}", root, prefix)
        if dataclasses.is_dataclass(fields[name]) and isinstance(inner, Mapping):
            _refuse_unknown(root, fields[name], inner, prefix, f"{path}{name}.")


def _unknown(key: str, kind: Any, prefix: str) -> RecipeError:
    known = keys(kind)
    last = key.rsplit(".", 1)[-1]
    alike = [name for name in known if name.rsplit(".", 1)[-1] == last]
    hint = f"did you mean {alike[0]!r}?" if alike else nearest(key, known)
    return RecipeError(f"{prefix}unknown key {key!r}; {hint}")
