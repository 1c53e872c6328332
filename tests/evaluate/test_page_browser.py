"""The page in a real browser: no error, no request, light and dark, narrow and printed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neocog.evaluate import page

Opened = Callable[..., tuple[Any, list[str]]]


@pytest.fixture(scope="module")
def file(made: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with hostile names and every section."""
    targets, given = made.answers(80, 4, 1.0)
    training = made.training((1.0, 0.5), (0.5, 0.75))
    report = made.report(targets, given, made.hostile, findings=made.leaky(made.hostile), training=training)
    path: Path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page(report, made.shown(report)))
    return path


@pytest.mark.parametrize(("scheme", "card"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(28, 30, 34)")])
@pytest.mark.parametrize("width", [375, 1200])
def test_the_page_follows_the_reader(opened: Opened, file: Path, scheme: str, card: str, width: int) -> None:
    tab, heard = opened(file, color_scheme=scheme, viewport={"width": width, "height": 800})
    assert heard == []
    assert tab.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor") == card
    assert tab.evaluate("document.documentElement.scrollWidth") <= width, "nothing sticks out sideways"
    shades = tab.evaluate("[...document.querySelectorAll('#verdict text')].map(each => getComputedStyle(each).fill)")
    assert ("rgb(29, 31, 35)" in shades) == (scheme == "light")
    assert tab.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    assert tab.evaluate("[...document.querySelectorAll('figure svg')].every(svg => svg.getBBox().width > 50)")
    tab.context.close()


def test_print_is_light_whole_and_without_links(opened: Opened, file: Path) -> None:
    tab, heard = opened(file, color_scheme="dark", viewport={"width": 794, "height": 1123})
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(29, 31, 35)"
    assert tab.evaluate("getComputedStyle(document.querySelector('.keep')).display") == "none"
    assert tab.evaluate("document.querySelector('#matrix svg').getBoundingClientRect().width") > 250
    assert tab.pdf(format="A4")[:5] == b"%PDF-"
    assert heard == []
    tab.context.close()


def test_a_figure_can_be_downloaded(opened: Opened, file: Path) -> None:
    tab, _ = opened(file)
    with tab.expect_download() as download:
        tab.click("a[download='matrix.csv']")
    assert download.value.suggested_filename == "matrix.csv"
    assert Path(download.value.path()).read_text().startswith("true class / answer,")
    tab.context.close()
