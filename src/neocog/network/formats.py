"""How a layer and a network print: the text that `parse` reads back to an equal value.

Required fields by position, the rest by keyword, defaults left out, `name` last. A layer prints on one line; a network
on several, one learned layer with what follows it on each, so that a whole network is read at a glance.
"""

from dataclasses import MISSING, fields
from typing import Any

WIDTH = 100
"""Columns within which a line of a network's text ends where it can."""
_STEP = 4


def call(value: Any) -> str:
    """A layer as one line of text, `Conv(6, 5)`."""
    return f"{type(value).__name__}({', '.join(key + repr(part) for key, part in _written(value))})"


def pretty(value: Any) -> str:
    """A network on several lines, its fields by keyword."""
    rows = []
    for key, part in _written(value):
        if key == "layers=":
            rows += [f"    {key}(", *_rows(list(part), 2 * _STEP), "    ),"]
        else:
            rows.append(f"    {key}{part!r},")
    return "\n".join([f"{type(value).__name__}(", *rows, ")"])


def _rows(layers: list[Any], indent: int) -> list[str]:
    """Layers one after another, a new line before each that learns or holds others."""
    margin = " " * indent
    rows: list[str] = []
    joins = False
    for layer in layers:
        text = f"{layer!r},"
        if joins and not layer.begins_line and len(rows[-1]) + 1 + len(text) <= WIDTH:
            rows[-1] += " " + text
        elif indent + len(text) <= WIDTH or not layer.depth:
            rows.append(margin + text)
            joins = not layer.depth
        else:
            rows += _unfolded(layer, indent, "")
            joins = False
    return rows


def _unfolded(value: Any, indent: int, key: str) -> list[str]:
    """A composite over several lines, its parts indented."""
    margin, written = " " * indent, _written(value)
    rows = [f"{margin}{key}{type(value).__name__}("]
    rows += _rows([part for name, part in written if not name and hasattr(part, "kind")], indent + _STEP)
    # positional literals (a count, a node's name) share the opening line
    rows[0] += " ".join(f"{part!r}," for name, part in written if not name and not hasattr(part, "kind"))
    for name, part in written:
        if name and indent + _STEP + len(f"{name}{part!r},") > WIDTH and hasattr(part, "kind"):
            rows += _unfolded(part, indent + _STEP, name)
        elif name:
            rows.append(f"{margin}    {name}{part!r},")
    return [*rows, f"{margin}),"]


def _written(value: Any) -> list[tuple[str, Any]]:
    """What a value's text holds: (key, part), the key empty where it goes by position, else such as `stride=`."""
    parts: list[tuple[str, Any]] = []
    for field in fields(value):
        part = getattr(value, field.name)
        if field.name == value.variadic:
            parts += [("", item) for item in part]
        elif field.default is MISSING:
            parts.append((f"{field.name}=" if value.keyed else "", part))
        elif part != field.default:
            parts.append((f"{field.name}=", part))
    return parts
