"""One sitting in the studio, in a real Chromium: from an empty folder to a trained network that is looked into.

Digits are learned from the studio's own form and watched to the end; the sealed test set is judged; a mistake is opened
in See, and a unit of it; the map is lassoed; the network's text is edited into an error and back. Each page on the way
is judged by axe-core and photographed in light and dark (`tab.py`).
"""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.studio.tab import LONG, Tab, lasso, needs_pages, painted

from neocog.core.run import RunFolder
from neocog.studio import Opened

pytestmark = needs_pages

EPOCHS = 4


def test_from_an_empty_folder_to_a_network_that_is_looked_into(
    browser: Any, studio_on: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # also for the training, which is a process of its own
    tab = Tab(browser, studio_on(Opened(tmp_path / "runs")))
    run = tmp_path / "runs" / "mine"
    _train(tab)
    _watch(tab, run)
    row, column = _judge(tab, run)
    _see(tab, run, row, column)
    _map(tab, run)
    _edit(tab)
    _look_around(tab)
    tab.close()


def _train(tab: Tab) -> None:
    page = tab.page
    page.get_by_role("link", name="Begin the first run").wait_for()
    tab.look("story-1-empty")
    page.get_by_role("link", name="Begin the first run").click()
    page.get_by_role("button", name="digits", exact=True).click()
    page.get_by_text("1,797 images of 10 classes").wait_for()
    page.get_by_label("Network", exact=True).select_option("lenet5")
    page.get_by_label("epochs").fill(str(EPOCHS))
    page.get_by_label("name").fill("mine")
    tab.look("story-2-new-run")
    page.get_by_role("button", name="Begin training").click()


def _watch(tab: Tab, run: Path) -> None:
    page = tab.page
    page.wait_for_url("**/runs/mine/training")
    page.get_by_role("heading", name="Finished:").wait_for(timeout=LONG)
    page.get_by_role("img", name="Validation loss is lowest after epoch").wait_for()
    assert [event["epoch"] for event in RunFolder(run).read_events() if event["kind"] == "epoch"] == [
        *range(1, EPOCHS + 1)
    ]
    tab.look("story-3-training")


def _judge(tab: Tab, run: Path) -> tuple[int, int]:
    """Open the test set, a cell of its confusions, and in it a mistake; returns the cell."""
    page = tab.page
    page.get_by_role("main").get_by_role("link", name="Results").click()
    page.get_by_role("heading", name="Not judged yet").wait_for()
    tab.look("story-4-not-judged")
    page.get_by_role("button", name="Open the test set and judge").click()
    page.get_by_role("heading", name="% right (").wait_for(timeout=LONG)
    assert len((run / "ledger.jsonl").read_text().splitlines()) == 1, "an opening is written down"
    matrix = RunFolder(run).read_json("report.json")["confusion"]
    row, column = next((i, j) for i in range(10) for j in range(10) if i != j and matrix[i][j])
    page.get_by_role("link", name=f"of {row}, answered {column}").click()
    page.get_by_role("heading", name=f"{row} taken for {column}", exact=True).wait_for()
    images = page.locator("main ul a img")
    images.first.wait_for()
    assert images.count() == matrix[row][column]
    images.first.click()
    inspector = page.get_by_role("complementary", name="Inspector")
    inspector.get_by_text("A mistake").wait_for()
    inspector.locator("img").evaluate("image => image.decode()")  # waits; the page's own policy forbids to poll in it
    assert inspector.locator("img").evaluate("image => image.naturalWidth") == 8
    tab.look("story-5-results")
    address = page.url
    page.keyboard.press("Escape")
    inspector.wait_for(state="detached")
    page.goto(address)
    inspector.get_by_text("A mistake").wait_for()
    return row, column


def _see(tab: Tab, run: Path, row: int, column: int) -> None:
    page = tab.page
    page.get_by_role("link", name="Open in See").click()
    page.get_by_role("heading", name=re.compile(f"{row} taken for {column}|Not sure")).wait_for()
    page.get_by_text("Of the sealed test set: that somebody looked into it").wait_for()
    assert len((run / "ledger.jsonl").read_text().splitlines()) == 2, "and so is this sitting"
    assert page.get_by_role("region", name="conv1").get_by_role("button", name="unit").count() == 6
    strip = page.get_by_role("region", name="conv2")
    assert painted(strip.locator("canvas").first) > 8
    tab.look("story-6-see")
    strip.get_by_role("button", name="conv2, unit 3").click()
    page.wait_for_url("**layer=conv2&unit=3*")
    inspector = page.get_by_role("complementary", name="Inspector")
    inspector.get_by_role("img", name="The map of unit 3: 10 by 10").wait_for()
    inspector.get_by_role("img", name="Patch of").first.wait_for(timeout=LONG)
    assert inspector.get_by_role("img", name="Patch of").count() == 9
    inspector.get_by_role("img", name="What excites unit 3 most").wait_for(timeout=LONG)
    inspector.get_by_text("in deviations above the rest").wait_for()
    tab.look("story-7-unit")


def _map(tab: Tab, run: Path) -> None:
    page = tab.page
    page.get_by_role("link", name="Map", exact=True).click()
    page.get_by_role("heading", name="Of an image's ten nearest").wait_for(timeout=LONG)
    images = sum(row.split != "test" for row in RunFolder(run).read_splits())
    lasso(page, 0.8)
    page.wait_for_url("**lasso=**")
    listed = page.get_by_role("complementary", name="List of images")
    listed.get_by_text("Within the lasso").wait_for()
    assert 0 < int(listed.get_by_role("heading").inner_text().split()[0].replace(",", "")) < images
    tab.look("story-8-map")


def _edit(tab: Tab) -> None:
    page = tab.page
    page.get_by_role("link", name="Network", exact=True).click()
    text = page.get_by_label("The network's text")
    page.get_by_role("heading", name="61.7 k parameters").wait_for()
    right = text.input_value()
    tab.look("story-9-network")
    text.fill(right.replace("Conv(16, 5)", "Conv(16, 50)"))
    page.get_by_role("alert").get_by_text("Line ").wait_for()
    page.get_by_role("heading", name="This is no network yet").wait_for()
    tab.look("story-10-network-error")
    text.fill(right)
    page.get_by_role("alert").wait_for(state="detached")
    page.get_by_role("heading", name="61.7 k parameters").wait_for()


def _look_around(tab: Tab) -> None:
    """The pages that the story has not met yet: all images of the run's data, and the run among the runs."""
    page = tab.page
    page.get_by_role("link", name="Data", exact=True).click()
    page.get_by_role("heading", name="1,797 images of 10 classes").wait_for()
    page.locator("[role=option][data-drawn=yes]").first.wait_for()
    tab.look("story-11-data")
    page.get_by_role("link", name="Runs", exact=True).click()
    page.get_by_role("link", name="mine").first.wait_for()
    tab.look("story-12-runs")
