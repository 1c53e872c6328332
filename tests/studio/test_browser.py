"""Runs, results and networks in a real Chromium: compared, walked by keys, kept as files, broken or gone."""

import re
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from tests.studio.tab import Tab, needs_pages, saved

pytestmark = needs_pages


def test_runs_are_compared(tab: Tab, studio: Any) -> None:
    page = tab.page
    page.get_by_text("is highest on validation").wait_for()
    page.get_by_text("names").first.wait_for()
    tab.look("runs")
    page.get_by_role("checkbox", name="Compare first").uncheck()
    page.wait_for_url("**chosen=second")
    assert page.locator("svg.chart").first.locator("path").count() > 0
    assert figure(page, "second is highest on validation", "CSV").read_text().startswith("run,epoch,seconds,")
    drawn = figure(page, "second is highest on validation", "SVG").read_text()
    assert "var(--" not in drawn
    assert "second is highest on validation" in drawn
    assert figure(page, "second is highest on validation", "PNG").read_bytes().startswith(b"\x89PNG")


def figure(page: Any, title: str, kind: str) -> Path:
    """What a figure is kept as."""
    return saved(page, re.compile(f"Save .*{re.escape(title)}.* as {kind}"))


def test_a_figure_is_kept_as_it_looks(tab: Tab) -> None:
    """Also a table and a strip of pictures: their texts are texts, and nothing in them points elsewhere."""
    tab.go("/runs/first/results?cell=1-1")
    page = tab.page
    page.locator("main ul a img").first.wait_for()
    count = page.locator("main ul a img").count()
    strip = ElementTree.parse(figure(page, "1, named right", "SVG")).getroot()
    name = "{http://www.w3.org/2000/svg}"
    pictures = [each.attrib["href"] for each in strip.iter(f"{name}image")]
    assert len(pictures) == count
    assert all(picture.startswith("data:image/png;base64,") for picture in pictures)
    shown = page.locator("table").first
    texts = [each.text for each in ElementTree.parse(figure(page, "found least often", "SVG")).iter(f"{name}text")]
    assert set(shown.locator("td").all_inner_texts()) - {""} <= {*texts}
    box = page.locator("figure", has=page.get_by_text("found least often")).bounding_box()
    with Image.open(figure(page, "found least often", "PNG")) as picture:
        assert picture.width == pytest.approx(2 * (box["width"] + 32), abs=4)
        dark = np.asarray(picture.convert("L"))
    assert 0.005 < (dark < 128).mean() < 0.2, "text on a card"


def test_a_network_is_edited_into_an_error_and_back(tab: Tab) -> None:
    tab.go("/network?zoo=lenet5")
    page = tab.page
    text = page.get_by_label("The network's text")
    page.get_by_role("heading", name="61.7 k parameters").wait_for()
    right = text.input_value()
    page.get_by_role("button", name="conv1 params 156").hover()
    page.get_by_text("6 × 1 × 5 × 5 + 6 = 156").wait_for()
    tab.look("network")
    text.fill(right.replace("Conv(16, 5)", "Conv(16, 50)"))
    page.get_by_role("alert").get_by_text("Line 7:").wait_for()
    drawn = page.get_by_role("img", name="The layers of lenet5, drawn")
    page.get_by_role("status").get_by_text("Drawn is the last text that was a network").wait_for()
    assert drawn.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    tab.look("network-error")
    text.fill(right.replace("Conv(16, 5)", "Conv(8, 5)"))
    page.get_by_role("alert").wait_for(state="detached")
    page.get_by_role("button", name="Back to the original").click()
    page.get_by_role("heading", name="61.7 k parameters").wait_for()
    assert page.get_by_role("img", name="The layers of lenet5, drawn").evaluate("image => image.naturalWidth") > 100


def test_the_matrix_is_walked_by_keys(tab: Tab) -> None:
    tab.go("/runs/first/results")
    page = tab.page
    page.locator("a[data-row='2'][data-column='3']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("[document.activeElement.dataset.row, document.activeElement.dataset.column]") == ["3", "4"]
    page.keyboard.press("Enter")
    page.wait_for_url("**cell=3-4")
    page.get_by_label("answer when at least").press("ArrowRight")
    page.wait_for_url("**at=**")


def test_back_goes_back(tab: Tab) -> None:
    tab.go("/runs/first/results")
    page = tab.page
    inspector = page.get_by_role("complementary", name="Inspector")
    page.locator("a[data-row='2'][data-column='2']").click()
    page.wait_for_url("**cell=2-2")
    page.locator("main ul a img").first.click()
    inspector.wait_for()
    page.go_back()
    inspector.wait_for(state="detached")
    page.get_by_role("heading", name="2, named right").wait_for()
    page.go_back()
    page.wait_for_url("**/results")
    page.get_by_role("heading", name="All mistakes").wait_for()
    tab.go("/runs/first/results?cell=99-99")
    page.wait_for_url("**/results")
    page.get_by_role("heading", name="All mistakes").wait_for()


def test_nothing_is_asked_where_nothing_is_named(tab: Tab) -> None:
    tab.go("/see")
    tab.page.get_by_text("No run is open.").wait_for()
    tab.look("see-none")
    tab.page.get_by_role("link", name="second").click()
    tab.page.wait_for_url("**/runs/second/see")
    tab.page.get_by_role("region", name="conv1").wait_for()
    tab.go("/see")
    tab.page.get_by_role("link", name="Data", exact=True).click()
    tab.page.get_by_role("heading", name="Which data?").wait_for()


def test_what_is_broken_or_gone_is_shown_as_that(browser: Any, studio: Any) -> None:
    (studio.runs / "first" / "events.jsonl").write_text("{nonsense\n")
    tab = Tab(browser, studio)
    tab.page.get_by_text("broken", exact=True).wait_for()
    tab.page.get_by_text("line 1 is not JSON").first.wait_for()
    tab.look("broken")
    tab.go("/runs/first/results")
    tab.page.get_by_role("heading", name="This run cannot be shown").wait_for()
    tab.go("/runs/second/training")
    tab.page.get_by_role("heading", name="Finished").wait_for()
    shutil.rmtree(studio.runs / "second")
    tab.page.get_by_role("heading", name="This run is gone").wait_for()
    tab.look("gone")
    for name in ("first", *(each.name for each in studio.runs.iterdir())):
        shutil.rmtree(studio.runs / name, ignore_errors=True)
    tab.go("/runs")
    tab.page.get_by_role("link", name="Begin the first run").wait_for()
    tab.look("empty")
    tab.close()


@pytest.mark.parametrize(
    "path", ["/runs", "/runs/new", "/runs/first/results?cell=1-1&image=0", "/runs/first/training", "/network"]
)
def test_nothing_sticks_out_at_1024_pixels(tab: Tab, path: str) -> None:
    tab.page.set_viewport_size({"width": 1024, "height": 768})
    tab.go(path)
    tab.page.get_by_role("heading", level=1).wait_for()
    tab.page.wait_for_timeout(500)
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 1024
    main = tab.page.evaluate("[document.querySelector('main').scrollWidth, document.querySelector('main').clientWidth]")
    assert main[0] <= main[1], "the view needs no scrolling sideways"
