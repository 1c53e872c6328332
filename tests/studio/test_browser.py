"""The studio as a user meets it, in a real Chromium: train, watch, judge, open a mistake, edit a network into an error.

Every page is looked at by axe-core in light and in dark, no console may say a word, and the screenshots are kept in
`artifacts/studio` (or where `NEOCOG_ARTIFACTS` says).
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from neocog import studio as room
from neocog.core.run import RunFolder

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(str(room.__file__)).parent
AXE = SOURCE / "web" / "node_modules" / "axe-core" / "axe.min.js"
ARTIFACTS = Path(os.environ.get("NEOCOG_ARTIFACTS", ROOT / "artifacts")) / "studio"
TOKEN = "a-token-for-tests"
SCHEMES = ("light", "dark")
SOFTWARE = "GPU stall due to ReadPixels"
"""What Chromium says of every WebGL canvas where it draws in software; no page can help it."""
LONG = 240_000
"""How long a crowded machine may take to train, in milliseconds."""

pytestmark = pytest.mark.skipif(not (SOURCE / "built").is_dir(), reason="the pages are not built: make studio")


class Tab:
    """A tab of the studio, and all that went wrong in it."""

    def __init__(self, browser: Any, studio: Any, **settings: Any) -> None:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce", **settings)
        self.page, self.studio, self.heard = context.new_page(), studio, list[str]()
        self.page.set_default_timeout(30_000)
        self.page.on("console", lambda message: SOFTWARE in message.text or self.heard.append(message.text))
        self.page.on("pageerror", lambda error: self.heard.append(str(error)))
        self.page.on("request", self._note)
        self.page.goto(f"{studio.address}/runs?token={TOKEN}")

    def _note(self, asked: Any) -> None:
        if not asked.url.startswith((self.studio.address, "data:", "blob:")):
            self.heard.append(f"asked for {asked.url}")

    def go(self, address: str) -> None:
        """Go to a view."""
        self.page.goto(self.studio.address + address)

    def look(self, name: str) -> None:
        """Let axe-core judge the view in light and dark, and keep a picture of each."""
        for scheme in SCHEMES:
            self.page.emulate_media(color_scheme=scheme)
            if AXE.is_file():
                self.page.evaluate(AXE.read_text())
                found = self.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
                serious = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
                assert [(each["id"], each["nodes"][0]["html"]) for each in serious] == [], f"{name}, {scheme}"
            ARTIFACTS.mkdir(parents=True, exist_ok=True)
            height = self.page.evaluate("document.querySelector('main').scrollHeight + 48")
            self.page.set_viewport_size({"width": 1440, "height": max(900, height)})
            self.page.screenshot(path=ARTIFACTS / f"{name}-{scheme}.png")
            self.page.set_viewport_size({"width": 1440, "height": 900})
        self.page.emulate_media(color_scheme="light")

    def close(self) -> None:
        """Nothing was said, and nothing asked for elsewhere."""
        assert self.heard == []
        self.page.context.close()


@pytest.fixture
def tab(browser: Any, studio: Any) -> Iterator[Tab]:
    """A tab that must stay quiet."""
    opened = Tab(browser, studio)
    yield opened
    opened.close()


def test_from_data_to_a_mistake(tab: Tab, studio: Any) -> None:
    page = tab.page
    page.get_by_role("link", name="New run").click()
    page.get_by_role("button", name="digits", exact=True).click()
    page.get_by_text("1,797 images of 10 classes").wait_for()
    page.get_by_label("Network", exact=True).select_option("mlp")
    page.get_by_label("epochs").fill("3")
    page.get_by_label("name").fill("mine")
    tab.look("new-run")
    page.get_by_role("button", name="Begin training").click()
    page.get_by_role("heading", name="Finished:").wait_for(timeout=LONG)
    page.get_by_role("img", name="Validation loss is lowest after epoch").wait_for()
    tab.look("training")
    page.get_by_role("main").get_by_role("link", name="Results").click()
    page.get_by_role("heading", name="Not judged yet").wait_for()
    tab.look("not-judged")
    page.get_by_role("button", name="Open the test set and judge").click()
    page.get_by_role("heading", name="% right (").wait_for(timeout=LONG)
    matrix = RunFolder(studio.runs / "mine").read_json("report.json")["confusion"]
    ledger = (studio.runs / "mine" / "ledger.jsonl").read_text()
    assert ledger.count("\n") == 1, "an opening is written down"
    row, column = next((i, j) for i in range(10) for j in range(10) if i != j and matrix[i][j])
    page.get_by_role("link", name=f"of {row}, answered {column}").click()
    page.get_by_role("heading", name=f"{row} taken for {column}", exact=True).wait_for()
    images = page.locator("main ul a img")
    images.first.wait_for()
    assert images.count() == matrix[row][column]
    images.first.click()
    page.get_by_role("complementary", name="Inspector").get_by_text("A mistake").wait_for()
    page.locator("aside img").evaluate("image => image.decode()")  # waits; the page's own policy forbids to poll in it
    assert page.locator("aside img").evaluate("image => image.naturalWidth") == 8
    tab.look("results")
    address = page.url
    page.keyboard.press("Escape")
    page.get_by_role("complementary").wait_for(state="detached")
    page.goto(address)
    page.get_by_role("complementary", name="Inspector").get_by_text("A mistake").wait_for()


def test_runs_are_compared(tab: Tab, studio: Any) -> None:
    page = tab.page
    page.get_by_text("is highest on validation").wait_for()
    page.get_by_text("names").first.wait_for()
    tab.look("runs")
    page.get_by_role("checkbox", name="Compare first").uncheck()
    page.wait_for_url("**chosen=second")
    assert page.locator("svg.chart").first.locator("path").count() > 0
    assert saved(page, "second is highest on validation", "CSV").read_text().startswith("run,epoch,seconds,")
    drawn = saved(page, "second is highest on validation", "SVG").read_text()
    assert "var(--" not in drawn
    assert "second is highest on validation" in drawn
    assert saved(page, "second is highest on validation", "PNG").read_bytes().startswith(b"\x89PNG")


def saved(page: Any, title: str, kind: str) -> Path:
    """What a figure is kept as."""
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile(f"Save .*{re.escape(title)}.* as {kind}")).click()
    return Path(download.value.path())


def test_a_figure_is_kept_as_it_looks(tab: Tab) -> None:
    """Also a table and a strip of pictures: their texts are texts, and nothing in them points elsewhere."""
    tab.go("/runs/first/results?cell=1-1")
    page = tab.page
    page.locator("main ul a img").first.wait_for()
    count = page.locator("main ul a img").count()
    strip = ElementTree.parse(saved(page, "1, named right", "SVG")).getroot()
    name = "{http://www.w3.org/2000/svg}"
    pictures = [each.attrib["href"] for each in strip.iter(f"{name}image")]
    assert len(pictures) == count
    assert all(picture.startswith("data:image/png;base64,") for picture in pictures)
    shown = page.locator("table").first
    texts = [each.text for each in ElementTree.parse(saved(page, "found least often", "SVG")).iter(f"{name}text")]
    assert set(shown.locator("td").all_inner_texts()) - {""} <= {*texts}
    box = page.locator("figure", has=page.get_by_text("found least often")).bounding_box()
    with Image.open(saved(page, "found least often", "PNG")) as picture:
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
