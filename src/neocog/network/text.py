"""A network's text, read: `parse(repr(network)) == network`.

The text is Python's syntax and never Python's evaluation: it is taken apart by `ast` and only calls of the layers in
`LAYERS`, or of an installed extension, with literals, are rebuilt. Size and nesting are bounded before anything else
looks at it, so a hostile text costs no more than an honest one. Every refusal says line and column.

>>> parse("Network(input=(1, 5, 5), layers=(Conv(2, 3), ReLU()))").layers
(Conv(2, 3), ReLU())
"""

import ast
import re
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import NoReturn

from neocog.core.errors import ExtensionError, NetworkError, TextError, nearest
from neocog.core.extensions import extension, extensions
from neocog.network.checks import shown
from neocog.network.graph import Network
from neocog.network.layers import LAYERS, Part

MAX_TEXT = 500_000
"""Characters that a network's text may have; ResNet-152 written out has under 50,000."""
MAX_NESTING = 150
"""Brackets that may be open at once."""

_WRITE = "; write Network(input=(1, 28, 28), layers=(...))"
_HEAD = re.compile(r"(?:\s|#[^\n]*)*")
"""Blanks and comments before a network: what follows may be indented."""
_TOKENS = re.compile(r"""[()\[\]{}\\\n]|'[^'\n]*'|"[^"\n]*"|\#[^\n]*""")


@dataclass(frozen=True, eq=False)
class Written:
    """A network as it was written: which layer stands on which line, counted from 1."""

    network: Network
    places: tuple[tuple[object, int], ...]

    def line(self, layer: object) -> int | None:
        """The line of a layer of `walk`; None for one that no text names, such as a Residual's sum."""
        return next((line for written, line in self.places if written is layer), None)


def parse(text: str) -> Network:
    """The network that a text describes; comments and any layout are fine.

    Raises `TextError` with line and column for a text that is too long, too deep, no network, or names an unknown layer
    or argument.
    """
    return parse_written(text).network


def parse_written(text: str) -> Written:
    """The same as `parse`, with the line of each layer.

    >>> from neocog.network.graph import walk
    >>> found = parse_written("Network((4,), (\\n    Dense(3),\\n    ReLU(),\\n))")
    >>> [found.line(step.layer) for step in walk(found.network)]
    [2, 3]
    """
    if len(text) > MAX_TEXT:
        line, column = text.count("\n", 0, MAX_TEXT) + 1, MAX_TEXT - text.rfind("\n", 0, MAX_TEXT)
        _refuse(line, column, f"a network's text ends within {MAX_TEXT:,} characters; fold what repeats by Repeat")
    _bound(text)
    reader = _Reader(text)
    try:
        tree = ast.parse(text[len(reader.head) :].rstrip(), mode="eval")
    except SyntaxError as error:
        reader.refuse_at(
            error.lineno or 1, error.offset or 1, f"this is no network ({error.msg.split(';')[0]}){_WRITE}"
        )
    except (ValueError, MemoryError, RecursionError):
        reader.refuse_at(1, 1, f"this is no network (too deeply nested){_WRITE}")
    value = reader.read(tree.body)
    if not isinstance(value, Network):
        reader.refuse(tree.body, f"a network's text must be one Network(...), got {shown(value)}; wrap it in one")
    return Written(value, tuple(reader.places))


def read_network(path: Path) -> Network:
    """The network in a `.network` file; raises `NetworkError` or `TextError` with the path."""
    try:
        with path.open("rb") as file:
            content = file.read(4 * MAX_TEXT + 1)
        whole = len(content) <= 4 * MAX_TEXT
        return parse(content.decode(errors="strict" if whole else "ignore"))  # a letter may have been cut in two
    except OSError as error:
        raise NetworkError(f"{path} cannot be read ({error.strerror}); give the path of a .network file") from None
    except UnicodeDecodeError:
        raise TextError(f"{path} is not text; give a .network file, UTF-8 text such as Network(...)") from None
    except TextError as error:
        raise TextError(f"{path}: {error}") from None


def _bound(text: str) -> None:
    """Refuse what could hurt the parser: deep nesting, and backslashes, which no network needs."""
    open_, line, start = 0, 1, 0
    for token in _TOKENS.finditer(text):
        sign = token.group()
        if sign == "\n":
            line, start = line + 1, token.end()
        elif sign in "([{":
            open_ += 1
            if open_ > MAX_NESTING:
                _refuse(line, token.start() - start + 1, f"brackets are nested more than {MAX_NESTING} deep; flatten")
        elif sign in ")]}":
            open_ -= 1
        elif "\\" in sign and not sign.startswith("#"):
            _refuse(line, token.start() - start + 1, "a network's text holds no backslash; leave it out")


def _refuse(line: int, column: int, reason: str) -> NoReturn:
    raise TextError(f"line {line}, column {column}: {reason}") from None


class _Reader:
    """Rebuilds values from the tree of a text, whose head is not in the tree."""

    def __init__(self, text: str) -> None:
        found = _HEAD.match(text)
        self.head = found.group() if found else ""
        self.lines = self.head.count("\n")
        self.columns = len(self.head) - self.head.rfind("\n") - 1
        self.places: list[tuple[object, int]] = []

    def refuse(self, node: ast.expr, reason: str) -> NoReturn:
        self.refuse_at(node.lineno, node.col_offset + 1, reason)

    def refuse_at(self, line: int, column: int, reason: str) -> NoReturn:
        _refuse(line + self.lines, column + (self.columns if line == 1 else 0), reason)

    def read(self, node: ast.expr) -> object:
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Tuple | ast.List):
            return tuple(self.read(item) for item in node.elts)
        if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool | None):
            return node.value
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            operand = node.operand.value
            if isinstance(operand, int | float):
                return -operand
        if isinstance(node, ast.Name) and node.id in _known():
            self.refuse(node, f"{node.id} is a layer, not a value; write {node.id}()")
        return self.refuse(
            node, "only layers, numbers, texts, True, False, None and tuples may stand here; write one of them"
        )

    def _call(self, node: ast.Call) -> object:
        if not isinstance(node.func, ast.Name):
            self.refuse(node, "only layers may be called; write one such as Conv(6, 5)")
        name = node.func.id
        kind = LAYERS[name] if name in LAYERS else self._extension(node, name)
        positional = [self.read(item) for item in node.args]
        named = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                self.refuse(keyword.value, "arguments cannot be unpacked with **; write each one out")
            named[keyword.arg] = self.read(keyword.value)
        self._check_arguments(node, kind, len(positional), list(named))
        try:
            made = kind(*positional, **named)
            self.places.append((made, node.lineno + self.lines))
            return made
        except TextError:
            raise
        except NetworkError as error:
            self.refuse(node, str(error))

    def _extension(self, node: ast.Call, name: str) -> type[Part]:
        """The layer that an installed extension adds."""
        try:
            kind = extension(name)
        except KeyError:
            self.refuse(node, f"unknown layer {name!r}; {nearest(name, _known())}")
        except ExtensionError as error:
            self.refuse(node, f"layer {error}")
        if is_dataclass(kind) and isinstance(kind, type) and issubclass(kind, Part) and kind.__name__ == name:
            return kind
        return self.refuse(
            node, f"the extension {name!r} must be a layer's class of that name, got {shown(kind)}; mend its package"
        )

    def _check_arguments(self, node: ast.Call, kind: type[Part], positional: int, named: list[str]) -> None:
        """Say what Python's own `TypeError` would say, with the nearest name."""
        owner = kind.__name__
        known = {field.name: field.default is MISSING for field in fields(kind)}  # type: ignore[arg-type]
        if kind.variadic is not None:
            del known[kind.variadic]
            positional = 0
        for name in named:
            if name not in known:
                self.refuse(node, f"unknown argument {name!r} of {owner}; {nearest(name, known)}")
        if positional > len(known):
            self.refuse(node, f"{owner} takes at most {len(known)} arguments, got {positional}; leave the rest out")
        given = list(known)[:positional]
        for name in named:
            if name in given:
                self.refuse(node, f"{owner} gets its argument {name!r} twice; leave one out")
        for name, required in known.items():
            if required and name not in given and name not in named:
                self.refuse(node, f"{owner} needs its argument {name!r}; add {name}=...")


def _known() -> tuple[str, ...]:
    """The names that a text may call."""
    return (*LAYERS, *extensions())
