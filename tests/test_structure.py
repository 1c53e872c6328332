"""The house: which room may import which, what no file may do, and how long a file may be."""

import ast
import functools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "neocog"

LEVELS = {
    "core": 0,
    "network": 1,
    "zoo": 2,
    "build": 2,
    "data": 2,
    "model": 3,
    "train": 4,
    "evaluate": 4,
    "explain": 4,
    "export": 4,
    "transfer": 5,
    "studies": 5,
    "recipes": 5,
    "studio": 6,
    "cli": 7,
}
STANDARD_LIBRARY_ONLY = ("network", "zoo")
LATE_IMPORTS: dict[tuple[str, str], str] = {
    ("data/boards.py", "sgfmill"): "an extra, which only records of games need",
    ("data/sound.py", "scipy"): "takes half a second, and only sounds of unequal rates need it",
    ("data/sound.py", "soundfile"): "an extra, which only FLAC needs",
    ("data/arrays.py", "sklearn"): "takes half a second, and only the embedded digits need it",
    ("transfer/probe.py", "sklearn"): "takes a second, and only runs with weights are advised",
}
"""The packages that a function imports, by file, each with the reason: heavy and not always needed, no other."""

VERBS_IN_A_ROW = {("cli/demo.py", "train"), ("cli/demo.py", "evaluate")}
"""The demo is other verbs, one after the other, as a user would type them."""

LONGEST = 600
TEXT = {".css", ".html", ".js", ".md", ".py", ".sh", ".svelte", ".toml", ".ts", ".yaml", ".yml"}

WRITTEN = {"src/neocog/studio/web/src/lib/answers.ts"}
"""What a program of ours writes is as long as what it describes."""

MADE = {"node_modules", "built"}
"""Folders of the front end that hold what others wrote or a build made."""

WRITTEN = {"src/neocog/studio/web/src/lib/answers.ts"}
"""Files that a program writes anew; a test holds that they are what it writes."""

FILES = sorted(file for file in SOURCE.rglob("*.py") if not MADE & set(file.parts))


@functools.cache
def parsed(file: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse(file.read_text())


def place(file: Path) -> str:
    """A file's path within the repository."""
    return file.relative_to(ROOT).as_posix()


def room(module: str) -> str:
    """The room of a module: `train` of `neocog.train.loop`; "" of the package itself."""
    return [*module.split("."), ""][1]


def own_room(file: Path) -> str:
    """The room that a file stands in; "" for the package's own `__init__`."""
    parts = file.relative_to(SOURCE).parts
    return parts[0] if len(parts) > 1 else ""


def imports(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Every import as (line, module, name); the name is "" where a whole module is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports name the whole module"
            for alias in node.names:
                if node.module == "neocog" and (SOURCE / alias.name).is_dir():
                    yield node.lineno, f"neocog.{alias.name}", ""
                else:
                    yield node.lineno, node.module or "", alias.name


def public_names(name: str) -> tuple[str, ...]:
    """The `__all__` of a room, read from its source."""
    for node in ast.parse((SOURCE / name / "__init__.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return tuple(ast.literal_eval(node.value))
    return ()


def test_imports_go_down_only() -> None:
    """The package's own list of names, which reaches every room lazily, stands above them all."""
    wrong = [
        f"{place(file)}:{line} imports neocog.{other}"
        for file in FILES
        for line, module, _ in imports(parsed(file))
        if (own := own_room(file))
        and module.startswith("neocog.")
        and (other := room(module)) != own
        and LEVELS[other] >= LEVELS[own]
    ]
    assert wrong == []


def test_public_names_are_taken_from_the_room() -> None:
    wrong = [
        f"{place(file)}:{line}: from neocog.{other} import {name}, not from {module}"
        for file in FILES
        for line, module, name in imports(parsed(file))
        if module.startswith("neocog.")
        and (other := room(module)) != own_room(file)
        and module != f"neocog.{other}"
        and name in public_names(other)
    ]
    assert wrong == []


def test_nothing_private_is_taken_from_another_file() -> None:
    wrong = [
        f"{place(file)}:{line} imports {module}.{name}"
        for file in FILES
        for line, module, name in imports(parsed(file))
        if module.startswith("neocog") and name.startswith("_") and not name.startswith("__")
    ]
    assert wrong == []


def test_imports_stand_at_the_top() -> None:
    late = {
        (place(file).removeprefix("src/neocog/"), module.split(".")[0])
        for file in FILES
        for function in ast.walk(parsed(file))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for _, module, _ in imports(function)
    }
    assert late == set(LATE_IMPORTS)


def test_every_file_says_what_it_is() -> None:
    wrong = []
    for file in FILES:
        text = ast.get_docstring(parsed(file)) or ""
        if not text.partition("\n\n")[0].endswith((".", ":")):
            wrong.append(f"{place(file)}: its docstring begins with a sentence, not with {text[:60]!r}")
    assert wrong == []


def test_every_room_has_a_level() -> None:
    rooms = {file.parent.name for file in SOURCE.glob("*/__init__.py")}
    assert rooms <= LEVELS.keys()
    assert {"core", "network", "zoo", "build", "data", "model", "train", "evaluate", "cli"} <= rooms


@pytest.mark.parametrize("name", STANDARD_LIBRARY_ONLY)
def test_networks_need_the_standard_library_only(name: str) -> None:
    wrong = [
        f"{place(file)}:{line} imports {module}"
        for file in sorted((SOURCE / name).glob("*.py"))
        for line, module, _ in imports(parsed(file))
        if module.split(".")[0] not in {*sys.stdlib_module_names, "neocog"}
    ]
    assert wrong == []


def test_only_the_entry_knows_the_verbs() -> None:
    """A verb is a file that `__main__` loads by its name, and nothing else leads to it, but for the demo."""
    verbs = set(verb_names())
    found = {
        (place(file).removeprefix("src/neocog/"), verb)
        for file in FILES
        for _, module, name in imports(parsed(file))
        if room(module) == "cli"
        for verb in {module.split(".")[-1], name} & verbs
    }
    assert found == VERBS_IN_A_ROW


def verb_names() -> list[str]:
    """The verbs, from the table in the entry's source."""
    for node in ast.parse((SOURCE / "cli" / "__main__.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "VERBS":
            return list(ast.literal_eval(node.value))
    raise AssertionError("cli/__main__.py has a table VERBS")


def test_every_verb_has_its_file() -> None:
    assert [verb for verb in verb_names() if not (SOURCE / "cli" / f"{verb}.py").is_file()] == []


def test_no_file_is_long() -> None:
    folders = [ROOT / name for name in ("src", "tests", "docs", "bench", ".ci") if (ROOT / name).is_dir()]
    files = [
        file for folder in folders for file in folder.rglob("*") if file.suffix in TEXT and not MADE & set(file.parts)
    ]
    files += [file for file in ROOT.glob("*") if file.suffix in TEXT]
    lengths = {place(file): file.read_text().count("\n") for file in files}
    assert "README.md" in lengths
    assert "src/neocog/core/errors.py" in lengths
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST and name not in WRITTEN} == {}
