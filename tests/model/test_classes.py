"""The names of classes from a file: every form that is passed around, and what none of them may be."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neocog.core.errors import DataError
from neocog.model.classes import read_classes

NAMES = st.lists(st.text("abcdé ü'-", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=12, unique=True)


def write(folder: Path, content: Any) -> Path:
    path = folder / "classes"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@given(names=NAMES)
def test_every_form_gives_the_same_names(names: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("classes")
    numbered = list(enumerate(names))
    forms = [
        names,
        {str(place): name for place, name in reversed(numbered)},
        {str(place): [f"n{place:08}", name] for place, name in numbered},
        {name: place for place, name in reversed(numbered)},
        [[f"n{place:08}", name] for place, name in numbered],
        "\n".join(names),
        "\ufeff" + "\r\n".join(names) + "\r\n",
    ]
    assert [read_classes(write(folder, form)) for form in forms] == [tuple(names)] * len(forms)


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("crane\ncrane\nowl\n\n", ("crane (0)", "crane (1)", "owl")),
        ([["n1", "crane"], ["n2", "crane"], ["n3", "owl"]], ("crane (n1)", "crane (n2)", "owl")),
        ({"1": ["n2", "crane"], "0": ["n1", "x", "crane"]}, ("crane (n1 x)", "crane (n2)")),
        ({"0": 1, "1": 0}, ("1", "0")),  # numbers that are names
    ],
)
def test_names_that_occur_twice_are_told_apart(content: Any, names: tuple[str, ...], tmp_path: Path) -> None:
    assert read_classes(write(tmp_path, content)) == names


def test_the_thousand_classes_of_imagenet(shared: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(shared / "imagenet-sample-100.zip") as archive:
        path = Path(archive.extract("imagenet-sample-100/imagenet_class_index.json", tmp_path))
    names = read_classes(path)
    assert len(set(names)) == 1000
    assert (names[0], names[999]) == ("tench", "toilet_tissue")
    assert [(place, name) for place, name in enumerate(names) if "(" in name] == [
        (134, "crane (n02012849)"),
        (517, "crane (n03126707)"),
        (638, "maillot (n03710637)"),
        (639, "maillot (n03710721)"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "classes names no class; write one name a line"),
        ([], "names no class"),
        ("a\n\nb", "must name every class, got an empty name at 1; number 0 is the first one"),
        ([["n1", " "]], "got an empty name at 0"),
        ("[1, 2", r"classes is not JSON \(Expecting ',' delimiter.*\); mend it, or write one name a line"),
        ("[" * 100_000, r"is not JSON \(maximum recursion"),
        ([1, 2], "in .*classes a class must be a name or a list of names, got 1; write its name"),
        ([[]], r"a class must be a name or a list of names, got \[\]"),
        ({"0": "a", "2": "b"}, "must number its 2 classes from 0 to 1, and 1 is missing; give each output one name"),
        ({"a": 1, "b": 2}, "and 0 is missing"),
        ({"a": "b"}, "must number its 1 classes from 0 to 0, and 0 is missing"),
        ({"a": True}, "and 0 is missing"),
        ([["n1", "a"], ["n1", "a"]], r"names the class 'a \(n1\)' twice; names must differ"),
    ],
)
def test_what_names_no_classes_is_refused(content: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        read_classes(write(tmp_path, content))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"the classes cannot be read from .*none \(No such file or directory\); give"):
        read_classes(tmp_path / "none")
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    with pytest.raises(DataError, match=r"\(no text in UTF-8\); give JSON, or one name a line"):
        read_classes(tmp_path / "latin")
