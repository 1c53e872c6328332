"""Every message that a user can get is read by a test: no error is raised whose words nobody has checked.

The messages are read from the source: wherever an error of the tree is made, its words with holes where values go.
Where it has hardly a word of its own, its values are words too, and are followed to where they stand: to an assignment,
to the callers of a helper, to what a helper returns. A message counts as read when a text in the tests (a `match=`, an
expected output, a traceback in a docstring) says the whole of what is wrong, or holds a run of its words that no other
message has.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "neocog"

Words: TypeAlias = tuple[str, ...]
"""A message's fixed parts; between two of them stands a value."""

RUN = 12
"""Characters in a row that make a part of a message its own."""
LETTERS = 5
"""Letters that a message has at least; with fewer it only hands another's words on."""
THIN = 10
"""Letters up to which a message has hardly a word of its own, so that its values are followed."""

TRACEBACK = re.compile(r"Traceback \(most recent call last\):\n(.*?)(?:\n\s*\n|\"\"\")", re.DOTALL)
"""A traceback in a docstring, up to the blank line after it."""

UNREAD: dict[str, str] = {}
"""Messages that no test can provoke, by their first words, each with the reason."""


@dataclass(frozen=True)
class Message:
    """The words of an error, and where they stand."""

    place: str
    words: Words

    @property
    def wrong(self) -> Words:
        """The words up to the hint; all of them where those are few."""
        text = HOLE.join(self.words).partition("; ")[0]
        return tuple(text.split(HOLE)) if _letters(text) >= LETTERS else self.words

    @property
    def runs(self) -> set[str]:
        """Its parts of `RUN` characters; its longest part where none is so long."""
        parts = [_spaced(part) for part in self.words]
        found = {part[start : start + RUN] for part in parts for start in range(len(part) - RUN + 1)}
        longest = max(parts, key=len)
        return found or ({longest} if _letters(longest) >= LETTERS else set())

    def is_in(self, text: str) -> bool:
        """Whether a text says the whole of what is wrong."""
        parts = [part for part in map(_spaced, self.wrong) if part.strip()]
        if not all(part in text for part in parts):
            return False
        return re.search(".*?".join(map(re.escape, parts)), text) is not None

    def __str__(self) -> str:
        return f"{self.place}: {HOLE.join(self.words)}"


HOLE = "…"


def _spaced(text: str) -> str:
    """A text's words with one space for what is between them: patterns and what they match look alike."""
    return re.sub(r"\W+", " ", text)


def _letters(text: str) -> int:
    return sum(character.isalpha() for character in text)


class Module:
    """A source file, in which words are followed."""

    def __init__(self, file: Path) -> None:
        self.place = file.relative_to(SOURCE).as_posix()
        self.tree = ast.parse(file.read_text())
        self.functions = {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)}
        self.calls = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call)]
        self.owner = {
            id(inner): function
            for function in self.functions.values()  # inner functions come later and win
            for inner in ast.walk(function)
        }

    def messages(self, errors: set[str]) -> Iterator[Message]:
        """The messages of the errors that are made in this file."""
        for call in self.calls:
            name = ast.unparse(call.func)
            if call.args and (name in errors or name == "self.error"):
                yield from self.texts(call.args[0], set())

    def texts(self, text: ast.expr, seen: set[str]) -> Iterator[Message]:
        """The messages that an expression may come to."""
        if isinstance(text, ast.Constant | ast.JoinedStr):
            parts = text.values if isinstance(text, ast.JoinedStr) else [text]
            words = "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in parts)
            if words.count(HOLE) < len(words) and _letters(words) >= LETTERS:
                yield Message(f"{self.place}:{text.lineno}", tuple(words.split(HOLE)))
            if _letters(words.partition("; ")[0]) <= THIN:
                for part in parts:
                    if isinstance(part, ast.FormattedValue):
                        yield from self.texts(part.value, seen)
        elif isinstance(text, ast.IfExp):
            yield from self.texts(text.body, seen)
            yield from self.texts(text.orelse, seen)
        elif ast.dump(text) not in seen:
            for other in self.followed(text):
                yield from self.texts(other, seen | {ast.dump(text)})

    def followed(self, text: ast.expr) -> Iterator[ast.expr]:
        """What a name or a call stands for: assignments, arguments of callers, what a helper returns."""
        if isinstance(text, ast.Call) and isinstance(text.func, ast.Name) and text.func.id in self.functions:
            yield from _returned(self.functions[text.func.id])
        if isinstance(text, ast.Name):
            function = self.owner.get(id(text))
            names = [each.arg for each in function.args.args] if function else []
            if function and text.id in names:
                yield from self.arguments(function.name, text.id, names.index(text.id))
            else:
                yield from _assigned(function or self.tree, text.id) or _assigned(self.tree, text.id)

    def arguments(self, function: str, name: str, index: int) -> Iterator[ast.expr]:
        """What the callers of a function give for one of its parameters."""
        for call in self.calls:
            if ast.unparse(call.func) == function:
                yield from (each.value for each in call.keywords if each.arg == name)
                yield from call.args[index : index + 1]


def _returned(function: ast.FunctionDef) -> list[ast.expr]:
    return [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]


def _assigned(scope: ast.AST, name: str) -> list[ast.expr]:
    return [
        node.value
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == name for target in node.targets)
    ]


def error_names() -> set[str]:
    """The classes of the error tree."""
    tree = ast.parse((SOURCE / "core" / "errors.py").read_text())
    return {node.name for node in tree.body if isinstance(node, ast.ClassDef)}


def all_messages() -> list[Message]:
    """Every message of the tree, once each."""
    errors = error_names()
    found = [message for file in sorted(SOURCE.rglob("*.py")) for message in Module(file).messages(errors)]
    return list(dict.fromkeys(found))


def expected_texts() -> list[str]:
    """Every text in the tests that is no docstring, and every traceback in a docstring of the source."""
    texts: list[str] = []
    for file in sorted((ROOT / "tests").rglob("*.py")):
        if file != Path(__file__).resolve():
            texts += _texts(ast.parse(file.read_text()))
    for file in sorted(SOURCE.rglob("*.py")):
        texts += re.findall(
            r"Traceback \(most recent call last\):\n(.*?)(?:\n\s*\n|\"\"\")", file.read_text(), re.DOTALL
        )
    return texts


def _texts(tree: ast.AST) -> Iterator[str]:
    described = (ast.Module, ast.ClassDef, ast.FunctionDef)
    documents = {id(node.body[0]) for node in ast.walk(tree) if isinstance(node, described) and node.body}
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values)
        elif not (isinstance(node, ast.Expr) and id(node) in documents):
            waiting += ast.iter_child_nodes(node)


def unread(messages: list[Message], texts: list[str]) -> list[Message]:
    """The messages that no text reads."""
    spaced = [_spaced(f" {text} ") for text in texts]
    owners: dict[str, set[Words]] = defaultdict(set)
    for message in messages:
        for run in message.runs:
            owners[run].add(message.words)
    together = "\n".join(spaced)
    return [
        message
        for message in messages
        if not any(len(owners[run]) == 1 and run in together for run in message.runs)
        and not any(message.is_in(text) for text in spaced)
    ]


def test_every_message_is_read_by_a_test() -> None:
    left = unread(all_messages(), expected_texts())
    assert [str(each) for each in left if not _excused(each)] == []


def test_every_excuse_is_needed() -> None:
    left = unread(all_messages(), expected_texts())
    assert [start for start in UNREAD if not any(HOLE.join(each.words).startswith(start) for each in left)] == []


def _excused(message: Message) -> bool:
    return HOLE.join(message.words).startswith(tuple(UNREAD))


class TestReading:
    """The reader of messages itself."""

    SOURCE_TEXT = """
HINT = "mend it so"
def direct(x):
    raise NeocogError(f"the side must be positive, got {x}; give another")
def helper(wrong):
    raise NeocogError(f"{wrong}; {HINT}")
def callers(x):
    helper("the first thing that is wrong here")
    helper(f"the second of {x} things")
def returned(x):
    raise NeocogError(why(x))
def why(x):
    if x: return "because of the weather"
    return "because of the season" if x else "because of nothing"
"""

    @pytest.fixture
    def messages(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Message]:
        file = tmp_path / "room.py"
        file.write_text(self.SOURCE_TEXT)
        monkeypatch.setitem(globals(), "SOURCE", tmp_path)
        return list(Module(file).messages({"NeocogError"}))

    def test_it_follows_the_words(self, messages: list[Message]) -> None:
        assert {each.words for each in messages} == {
            ("the side must be positive, got ", "; give another"),
            ("the first thing that is wrong here",),
            ("the second of ", " things"),
            ("mend it so",),
            ("because of the weather",),
            ("because of the season",),
            ("because of nothing",),
        }

    def test_a_shared_hint_reads_nothing(self, messages: list[Message]) -> None:
        left = unread(messages, ["; mend it so", "because of the "])
        assert {each.words for each in messages} - {each.words for each in left} == {("mend it so",)}

    def test_words_of_its_own_read_a_message(self, messages: list[Message]) -> None:
        left = unread(messages, ["side must be positive", "the second of 3 things; mend it so", "of the weather"])
        assert {each.words[0] for each in left} == {
            "the first thing that is wrong here",
            "because of the season",
            "because of nothing",
        }

    def test_a_message_is_found_in_the_tree(self) -> None:
        found = {message.words[0] for message in all_messages()}
        assert "no space left to write " in found
        assert len(found) > 100
