"""What the documents promise: each code block runs, each verb and room is told of, each link and path is there."""

import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from sklearn.datasets import load_digits

from neocog.cli.__main__ import VERBS

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A code block: its language and its text."""

    language: str
    text: str


def blocks(document: Path) -> list[Block]:
    """The code blocks of a document."""
    return [Block(*found) for found in BLOCK.findall(document.read_text())]


def commands(document: Path) -> list[str]:
    """The commands of a document's console blocks, in their order."""
    lines = [line for block in blocks(document) if block.language == "console" for line in block.text.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder as the documents suppose it: photos of three classes, reviews, and new ones without a label."""
    digits = load_digits()
    for label in range(3):
        folder = tmp_path / "photos" / f"digit-{label}"
        folder.mkdir(parents=True)
        for place, pixels in enumerate(digits.images[digits.target == label][:30]):
            image = Image.fromarray((pixels * 15).astype("uint8")).resize((16, 16))
            image.save(folder / f"{place:02}.png")
    (tmp_path / "new").mkdir()
    for place, pixels in enumerate(digits.images[:3]):
        Image.fromarray((pixels * 15).astype("uint8")).save(tmp_path / "new" / f"{place}.jpg")
    said = [("so very good", "good"), ("a dull film", "bad"), ("one superb scene", "good"), ("no plot at all", "bad")]
    rows = [f"{text} {'and so on ' * (place % 4)}{place},{label}" for place in range(60) for text, label in said]
    (tmp_path / "reviews.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    (tmp_path / "new.txt").write_text("a superb film\nvery dull\n")
    return tmp_path


def test_the_readme_shows_both_kinds_of_code() -> None:
    languages = [block.language for block in blocks(ROOT / "README.md")]
    assert languages.count("console") >= 3
    assert languages.count("python") >= 2


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_block_is_of_a_kind_that_is_tested(document: Path) -> None:
    assert {block.language for block in blocks(document)} <= {"console", "python", "text"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_console_blocks_run(document: Path, workplace: Path) -> None:
    """One after the other in one folder, as a reader types them; `make` is left to the test below."""
    for command in commands(document):
        program, *arguments = shlex.split(command)
        if program == "make":
            continue
        assert program == "neocog", f"{document.name}: only neocog and make can be tested, not {command}"
        result = subprocess.run(
            [sys.executable, "-m", "neocog.cli", *arguments], cwd=workplace, capture_output=True, text=True
        )
        assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
        assert result.stdout.strip(), f"{command} says something"


def test_make_commands_are_run_by_the_gate() -> None:
    wanted = [command for document in DOCUMENTS for command in commands(document) if command.startswith("make")]
    gate = (ROOT / ".ci" / "run").read_text().splitlines()
    rules = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"make demo", "make test"} <= set(wanted)
    assert [command for command in wanted if command not in gate or command.split()[1] not in rules] == []


@pytest.mark.parametrize(
    "document",
    [path for path in DOCUMENTS if path.parent.name != "understanding"],  # their own test runs those, in one process
    ids=lambda path: path.name,
)
def test_python_blocks_run(document: Path, tmp_path: Path) -> None:
    for place, block in enumerate(block for block in blocks(document) if block.language == "python"):
        script = tmp_path / f"block{place}.py"
        script.write_text(block.text)
        command = [sys.executable, "-W", "error", str(script)]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert result.returncode == 0, f"{document.name}\n{block.text}\n{result.stderr}"


def test_every_verb_is_told_of() -> None:
    text = "\n".join(document.read_text() for document in DOCUMENTS)
    assert [verb for verb in VERBS if f"neocog {verb}" not in text] == []


def test_the_tree_names_every_room_and_nothing_else() -> None:
    tree = next(block.text for block in blocks(ROOT / "README.md") if block.text.startswith("src/neocog/"))
    rooms = re.findall(r"^[├└]── (\w+)/ ", tree, re.MULTILINE)
    there = {file.parent.name for file in (ROOT / "src" / "neocog").glob("*/__init__.py")}
    assert sorted(rooms) == sorted(there)
    others = re.findall(r"^(\w+)/? ", tree, re.MULTILINE)
    assert [name for name in others if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / "CHANGELOG.md"], ids=lambda path: path.name)
def test_every_link_within_the_repository_leads_somewhere(document: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", document.read_text()) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_rule_that_is_named_is_there(document: Path) -> None:
    rules = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([\w-]+)`", document.read_text())) <= rules
