"""The pages on understanding: the code of each runs, its sums hold, and its picture is drawn from what it computes."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
TRAINING = ("amount-of-data", "depth", "relu-and-tanh", "robustness", "temperature")
"""Pages that train for some seconds or minutes."""
PAGES = sorted(path.stem for path in (DOCS / "understanding").glob("*.md") if path.stem != "index")

# What the lectures and the papers say, as it must stand on a page.
FIGURES = {
    "convolution": "[[4, 3, 4], [2, 4, 3], [2, 3, 4]] | [[4, 4], [2, 4]]",
    "two-filters": "[[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]] | [[3, -3], [-3, 0]] | "
    "[[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]] | [[[3, 0], [3, 1]], [[-1, 1], [0, 3]]]",
    "pooling": "[[6, 8], [3, 4]] | [[3.25, 5.25], [2, 2]]",
    "hinge-loss": "2.9, 0, 12.9 | 5.267",
    "softmax": "0.13, 0.87, 0.0",
    "confusion": "0.91 | 1 / 9 | 1 / 91",
    "penalties": "(0.25, 1)",
    "small-filters": "27 * channels**2, 49 * channels**2",
}


@pytest.fixture(scope="module")
def generator() -> Iterator[tuple[ModuleType, ModuleType]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DOCS)
        yield tuple(importlib.import_module(f"understanding_pictures.{name}") for name in ("pages", "pictures"))


@pytest.mark.parametrize(
    "name", [pytest.param(page, marks=pytest.mark.slow) if page in TRAINING else page for page in PAGES]
)
def test_a_page_runs_and_its_picture_is_drawn(name: str, generator: tuple[ModuleType, ModuleType]) -> None:
    pages, pictures = generator
    figure = pictures.PICTURES[name](pages.values(name))
    drawn = ElementTree.fromstring(figure.svg)
    kept = ElementTree.parse(DOCS / "images" / "understanding" / f"{name}.svg").getroot()
    assert drawn.get("viewBox") == kept.get("viewBox"), "run `make docs`"
    assert len(figure.table.splitlines()) > 1


def test_every_page_has_its_picture_and_stands_in_the_list(generator: tuple[ModuleType, ModuleType]) -> None:
    pages, pictures = generator
    assert sorted(pictures.PICTURES) == pages.names() == PAGES
    listed = re.findall(r"\]\(([\w-]+)\.md\)", (DOCS / "understanding" / "index.md").read_text())
    assert sorted(listed) == PAGES


@pytest.mark.parametrize("name", FIGURES)
def test_the_figures_of_the_lectures_stand_there(name: str) -> None:
    page = (DOCS / "understanding" / f"{name}.md").read_text()
    assert [figure for figure in FIGURES[name].split(" | ") if figure not in page] == []
