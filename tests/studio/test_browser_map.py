"""The map as a user meets it, in a real Chromium: drawn, colored, lassoed to a list, walked by keys, waited for."""

import io
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.studio.tab import LONG, Tab, lasso, needs_pages

from neocog.core.run import RunFolder
from neocog.studio import mapping

MAP = "/runs/second/map?way=pca&images=val"
BAD = (0xC0, 0x36, 0x2C)

pytestmark = needs_pages


def validation(studio: Any, run: str = "second") -> list[str]:
    """The names of the validation images."""
    return [row.file for row in RunFolder(studio.runs / run).read_splits() if row.split == "val"]


def painted(tab: Tab) -> NDArray[np.int64]:
    """What is drawn of the map, pixel by pixel (H W 3)."""
    shot = tab.page.get_by_role("application").screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(np.int64)


def test_a_map_is_colored_and_lassoed_to_a_list(tab: Tab, studio: Any) -> None:
    page, files = tab.page, validation(studio)
    tab.go(MAP)
    page.get_by_role("application", name=f"Map of {len(files)} images").wait_for(timeout=LONG)
    page.get_by_role("heading", name="Of an image's ten nearest").wait_for()
    page.get_by_text("far apart in the other directions").wait_for()
    colored = painted(tab)
    assert len(np.unique(colored[::2, ::2].reshape(-1, 3), axis=0)) > 50, "many colors are drawn"
    marks = page.get_by_role("group", name="Show one group alone").locator("path")
    assert marks.count() == 10
    assert marks.nth(8).get_attribute("fill") == marks.nth(0).get_attribute("fill"), "the colors run out"
    assert marks.nth(8).get_attribute("d") != marks.nth(0).get_attribute("d"), "and another shape goes on"
    page.get_by_role("button", name="mistakes").click()
    page.wait_for_url("**color=mistakes")
    page.get_by_role("button", name="named right").wait_for()
    page.wait_for_timeout(300)
    assert (abs(painted(tab) - BAD).sum(axis=2) < 60).sum() > 20, "mistakes are red"
    page.get_by_role("button", name="answer", exact=True).click()
    lasso(page, 0.9)
    page.wait_for_url("**lasso=**")
    listed = page.get_by_role("complementary", name="List of images")
    listed.get_by_text("Within the lasso").wait_for()
    count = int(listed.get_by_role("heading").inner_text().split()[0])
    assert 0 < count < len(files)
    tab.look("map-lasso")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save this list as CSV").click()
    head, *lines = Path(download.value.path()).read_text().splitlines()
    assert head == "file,part,label,answer,confidence,x,y"
    assert len(lines) == count
    assert {line.split(",")[0] for line in lines} <= set(files)
    listed.locator("ul button").first.click()
    inspector = page.get_by_role("complementary", name="Inspector")
    inspector.get_by_text(lines[0].split(",")[0], exact=True).wait_for()
    assert "/see?image=data" in inspector.get_by_role("link", name="Open in See").get_attribute("href")
    page.keyboard.press("Escape")
    page.goto(page.url)
    listed.get_by_role("heading", name=f"{count} image").wait_for(timeout=LONG)
    page.get_by_role("button", name="Let go").click()
    listed.get_by_text("The surest first").wait_for()


def test_a_click_shows_the_nearest_images(tab: Tab, studio: Any) -> None:
    page = tab.page
    tab.go(MAP)
    plane = page.get_by_role("application")
    plane.wait_for(timeout=LONG)
    box = plane.bounding_box()
    page.wait_for_timeout(300)
    drawn = abs(painted(tab) - 255).sum(axis=2) > 150
    drawn[:, : int(box["width"] * 0.3)] = False
    rows, columns = np.nonzero(drawn)
    middle = len(rows) // 2
    page.mouse.click(box["x"] + float(columns[middle]), box["y"] + float(rows[middle]))
    near = page.get_by_role("region", name="Nearest images").get_by_role("button").filter(has=page.locator("img"))
    near.first.wait_for()
    assert near.count() == mapping.NEIGHBORS
    near.last.locator("img").evaluate("image => image.decode()")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the nearest images as SVG").click()
    assert Path(download.value.path()).read_text().count('<image href="data:image/png') == mapping.NEIGHBORS
    tab.look("map-nearest")
    before = page.url
    name = near.first.locator("img").get_attribute("alt")
    near.first.click()
    page.wait_for_url(f"**image={name}")
    assert page.url != before
    page.get_by_role("complementary", name="Inspector").get_by_text(name, exact=True).wait_for()


def test_the_map_is_walked_by_keys(tab: Tab, studio: Any) -> None:
    page, files = tab.page, validation(studio)
    tab.go(MAP)
    plane = page.get_by_role("application")
    plane.wait_for(timeout=LONG)
    plane.focus()
    assert plane.locator("img").count() == 0, "so many points are in view that the images find no room"
    for key in ("+", "+", "+", "+", "ArrowLeft", "-", "+"):
        page.keyboard.press(key)
    page.wait_for_url("**view=**")
    plane.locator("img").first.wait_for(state="attached")
    tab.look("map-close")
    plane.focus()
    page.keyboard.press("v")
    listed = page.get_by_role("complementary", name="List of images")
    listed.get_by_text("Within the lasso").wait_for()
    assert int(listed.get_by_role("heading").inner_text().split()[0]) < len(files)
    page.keyboard.press("Enter")
    page.get_by_role("complementary", name="Inspector").get_by_text("sure").wait_for()
    page.keyboard.press("Escape")
    listed.wait_for()
    page.keyboard.press("Escape")
    listed.get_by_text("Within the lasso").wait_for(state="detached")
    page.keyboard.press("0")
    page.wait_for_url(lambda address: "view=" not in address)


def test_a_map_is_saved(tab: Tab, studio: Any) -> None:
    page, files = tab.page, validation(studio)
    tab.go(MAP)
    page.get_by_role("application").wait_for(timeout=LONG)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the map as CSV").click()
    assert Path(download.value.path()).read_text().count("\n") == len(files) + 1
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the map as SVG").click()
    drawn = Path(download.value.path()).read_text()
    assert "var(--" not in drawn
    assert f"{len(files)} images of second by flatten1, principal components, colored by class" in drawn
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the map as PNG").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


def test_a_map_is_waited_for(tab: Tab, studio: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    going, real = threading.Event(), mapping.tsne

    def slow(codes: NDArray[np.float32], progress: Any) -> Any:
        progress(300, 750)
        assert going.wait(60)
        return real(codes)

    monkeypatch.setattr(mapping, "tsne", slow)
    tab.go("/runs/first/map?images=val")
    tab.page.get_by_text("300 of 750 steps").wait_for(timeout=LONG)
    tab.look("map-waiting")
    going.set()
    tab.page.get_by_role("application").wait_for(timeout=LONG)
    tab.page.get_by_text("means little").wait_for()
    tab.page.wait_for_timeout(300)
    tab.look("map")


def test_what_cannot_be_mapped_is_shown_as_that(browser: Any, studio: Any) -> None:
    run = studio.runs / "first"
    tab = Tab(browser, studio)
    page = tab.page
    splits = (run / "splits.csv").read_text()
    (run / "splits.csv").write_text(splits.replace(",val,", ",val,0"))
    tab.go("/runs/first/map?images=val")
    page.get_by_role("heading", name="This map cannot be drawn").wait_for(timeout=LONG)
    page.get_by_text("is where first found it").wait_for()
    tab.look("map-error")
    (run / "splits.csv").write_text(splits)
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("application").wait_for(timeout=LONG)
    (run / "model.safetensors").unlink()
    tab.go("/runs/first/map")
    page.get_by_role("heading", name="There is no map of this run").wait_for()
    tab.look("map-none")
    tab.close()


def test_the_map_fits_1024_pixels(tab: Tab) -> None:
    page = tab.page
    page.set_viewport_size({"width": 1024, "height": 768})
    tab.go(MAP)
    page.get_by_role("application").wait_for(timeout=LONG)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1024
    main = page.evaluate("[document.querySelector('main').scrollWidth, document.querySelector('main').clientWidth]")
    assert main[0] <= main[1], "the view needs no scrolling sideways"
