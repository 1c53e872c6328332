"""See in a real Chromium: from a mistake to its maps and a unit's patches, heat with its check, a drawing, a filter."""

import csv
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import correlate
from sklearn.datasets import load_digits
from tests.studio.tab import LONG, Tab, needs_pages, painted, saved

from neocog.core.run import RunFolder
from neocog.model import load
from neocog.studio import Opened
from neocog.studio.guard import MOST_IMAGE
from neocog.studio.pictures import png

pytestmark = needs_pages


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))


def test_from_a_mistake_to_a_unit(tab: Tab, studio: Any) -> None:
    page = tab.page
    matrix = RunFolder(studio.runs / "second").read_json("report.json")["confusion"]
    row, column = next((i, j) for i in range(10) for j in range(10) if i != j and matrix[i][j])
    tab.go(f"/runs/second/results?cell={row}-{column}")
    page.locator("main ul a img").first.click()
    page.get_by_role("link", name="Open in See").click()
    page.get_by_role("heading", name=re.compile(f"{row} taken for {column}|Not sure")).wait_for()
    page.get_by_text("Of the sealed test set: that somebody looked into it").wait_for()
    ledger = (studio.runs / "second" / "ledger.jsonl").read_text().splitlines()
    assert len(ledger) == 2, "one opening was the evaluation, one is this sitting"
    strip = page.get_by_role("region", name="conv1")
    assert strip.get_by_role("button", name="unit").count() == 4
    assert painted(strip.locator("canvas").first) > 8
    tab.look("see")
    strip.locator(".map").nth(2).hover(position={"x": 60, "y": 10})
    page.locator(".picture i").wait_for()
    pointed = strip.locator(".range").nth(2).inner_text()
    assert "…" not in pointed, "the value under the pointer stands where the range stood"
    strip.get_by_role("button", name="conv1, unit 2").click()
    page.wait_for_url("**layer=conv1&unit=2*")
    inspector = page.get_by_role("complementary", name="Inspector")
    inspector.get_by_role("img", name="The map of unit 2: 8 by 8").wait_for()
    inspector.get_by_role("img", name="What excites unit 2 most").wait_for(timeout=LONG)
    inspector.get_by_role("img", name="Patch of").first.wait_for(timeout=LONG)
    assert inspector.get_by_role("img", name="Patch of").count() == 9
    assert inspector.get_by_role("img", name="What of it the unit answers to").count() == 9
    inspector.get_by_text("in deviations above the rest").wait_for()
    tab.look("see-unit")
    with saved(page, "Save this map as CSV").open() as file:
        rows = list(csv.reader(file))
    assert (len(rows), len(rows[0])) == (9, 9)
    assert saved(page, "Save this map as PNG").read_bytes().startswith(b"\x89PNG")
    assert len(saved(page, "Save the list of patches as CSV").read_text().splitlines()) == 10
    assert saved(page, "Save the list of patches as SVG").read_text().count('<image href="data:image/png;base64,') == 18
    address = page.url
    inspector.get_by_role("img", name="Patch of").first.click()
    page.wait_for_url(lambda url: url != address)
    page.get_by_text("training").first.wait_for()
    page.keyboard.press("Escape")
    inspector.wait_for(state="detached")
    page.goto(address)
    inspector.get_by_role("img", name="Patch of").first.wait_for(timeout=LONG)


def test_heat_stands_beside_its_check(tab: Tab) -> None:
    tab.go("/runs/second/see")
    page = tab.page
    page.get_by_label("Method of the heat map").select_option("grad_cam")
    page.wait_for_url("**method=grad_cam*")
    page.get_by_text("Made of the maps of relu2").wait_for(timeout=LONG)
    page.get_by_text("Check: ").wait_for(timeout=LONG)
    assert painted(page.locator(".picture canvas").nth(1)) > 2
    page.get_by_text("What was checked").click()
    page.get_by_text("random orders gain").wait_for()
    tab.look("see-heat")
    page.get_by_role("button", name="7", exact=False).and_(page.locator(".answer")).first.click()
    page.wait_for_url("**class=*")
    page.get_by_text("Check: ").wait_for(timeout=LONG)
    with saved(page, "Save the heat map as CSV").open() as file:
        assert len(list(csv.reader(file))) == 9
    page.get_by_label("Method of the heat map").select_option("")
    page.get_by_text("Check: ").wait_for(state="detached")


def test_units_are_walked_by_keys(tab: Tab) -> None:
    tab.go("/runs/first/see")
    page = tab.page
    last = page.get_by_role("region").filter(has=page.get_by_role("heading", level=2)).last
    last.get_by_role("button", name="unit 0").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_url("**unit=8*")
    inspector = page.get_by_role("complementary", name="Inspector")
    inspector.get_by_text("It gives").wait_for()
    inspector.get_by_role("button", name="The unit before").click()
    page.wait_for_url("**unit=7*")
    hidden = page.get_by_role("region", name="flatten1")
    hidden.get_by_role("button", name="unit 0").focus()
    page.keyboard.press("End")
    assert hidden.locator(".box").evaluate("box => box.scrollLeft") > 0, "a long strip follows the keys"


def test_an_image_is_drawn(tab: Tab) -> None:
    tab.go("/runs/second/see?from=draw")
    page = tab.page
    canvas = page.get_by_role("application", name="Drawing canvas")
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 120, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 180, steps=10)
    page.mouse.up()
    page.wait_for_url("**image=kept*")
    page.get_by_text("your image").wait_for()
    tab.look("see-draw")
    kept = page.url
    page.keyboard.press("Tab")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(lambda url: url != kept)
    page.goto(kept)
    page.get_by_text("your image").wait_for()
    page.get_by_role("button", name="Clear").click()
    page.wait_for_url(lambda url: url != kept)


def test_an_image_comes_from_a_file_or_from_the_data(tab: Tab, tmp_path: Path) -> None:
    tab.go("/runs/second/see?from=file")
    page = tab.page
    picture = tmp_path / "seven.png"
    picture.write_bytes(png(np.asarray(load_digits().images[7] * 15, np.uint8)))
    page.get_by_label("An image file").set_input_files(picture)
    page.wait_for_url("**image=kept*")
    page.get_by_text("your image").wait_for()
    page.get_by_role("button", name="Compare with another").click()
    page.wait_for_url("**beside=kept*")
    page.get_by_role("button", name="from the data").click()
    page.get_by_role("button", name="training", exact=True).click()
    page.get_by_label("Class", exact=True).select_option("3")
    page.get_by_role("img", name=re.compile(", 3$")).first.click()
    page.wait_for_url("**image=data*")
    page.get_by_role("region", name="The image beside it").wait_for()
    strip = page.get_by_role("region", name="relu1")
    strip.locator("canvas").nth(7).wait_for()
    assert strip.locator("canvas").count() == 8, "four units of two images"
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the maps of relu1 as SVG").click()
    drawing = ElementTree.parse(download.value.path()).getroot()
    tiles = [each.attrib["href"] for each in drawing.iter("{http://www.w3.org/2000/svg}image")]
    assert len(tiles) == 8 and all(tile.startswith("data:image/png;base64,") for tile in tiles)
    texts = [each.text for each in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "relu1 · ReLU · 4×8×8 · sees 3×3"
    assert texts[1::3] == ["0", "1", "2", "3"]
    page.get_by_label("Method of the heat map").select_option("grad_cam")
    checks = page.get_by_text("Check: ")
    checks.nth(1).wait_for(timeout=LONG)
    assert page.get_by_role("region", name="The image beside it").get_by_text("Check: ").count() == 1
    tab.look("see-two")


def test_what_is_no_image_is_said(browser: Any, studio: Any, tmp_path: Path) -> None:
    tab = Tab(browser, studio)
    tab.go("/runs/second/see?from=file")
    (tmp_path / "notes.png").write_text("no image at all")
    tab.page.get_by_label("An image file").set_input_files(tmp_path / "notes.png")
    tab.page.get_by_role("alert").get_by_text("This cannot be shown: not an image").wait_for()
    tab.go("/runs/second/see?image=data:nothing")
    tab.page.get_by_role("heading", name="This image cannot be shown").wait_for()
    tab.look("see-no-image")
    tab.go("/runs/second/see?from=file")
    (tmp_path / "heavy.png").write_bytes(bytes(MOST_IMAGE + 11_000_000))
    tab.page.get_by_label("An image file").set_input_files(tmp_path / "heavy.png")
    tab.page.get_by_role("alert").get_by_text(
        "at most 20.0 MB, this one holds 31.0 MB. Hand in a smaller one"
    ).wait_for()
    tab.close()


def test_a_filter_is_set_by_hand(tab: Tab, studio: Any) -> None:
    tab.go("/runs/second/see?filter=sobel-x")
    page = tab.page
    page.get_by_role("heading", name="A filter by hand: Sobel, upright edges").wait_for()
    tab.look("see-filter")
    page.get_by_label("row 2, column 3").fill("3")
    page.keyboard.press("Tab")
    page.get_by_role("heading", name="A filter by hand: your own numbers").wait_for()
    with saved(page, "Save the filtered image as CSV").open() as file:
        found = np.array([row[1:] for row in list(csv.reader(file))[1:]], np.float64)
    name = next(row.file for row in RunFolder(studio.runs / "second").read_splits() if row.split == "val")
    shown = np.asarray(Image.open(saved(page, f"Save {name} as PNG")).convert("L"))
    pixels = shown[30::60, 30::60].astype(np.float64)
    own = correlate(pixels, np.array([[-1, 0, 1], [-2, 0, 3], [-1, 0, 1]]), mode="constant")
    assert found == pytest.approx(own)
    page.get_by_role("button", name="5×5", exact=True).click()
    page.get_by_label("row 3, column 4").wait_for()
    assert page.get_by_label("row 3, column 4").input_value() == "3"
    page.get_by_role("button", name="Show the filtered image to the network").click()
    page.wait_for_url("**image=kept*")


def test_a_model_file_is_seen_without_data(browser: Any, studio_on: Any, made: Path, tmp_path: Path) -> None:
    file = tmp_path / "given.safetensors"
    file.write_bytes((made / "second" / "model.safetensors").read_bytes())
    assert load(file).classes
    tab = Tab(browser, studio_on(Opened(tmp_path / "runs", model=file)))
    tab.go("/see")
    tab.page.get_by_role("heading", name="No image yet").wait_for()
    tab.look("see-empty")
    tab.page.get_by_role("button", name="draw it").click()
    tab.page.get_by_text("Draw something: the maps of every layer follow the pen").wait_for()
    tab.close()


@pytest.mark.parametrize("query", ["", "?layer=conv1&unit=1&method=saliency", "?filter=gauss&from=data"])
def test_nothing_sticks_out_at_1024_pixels(tab: Tab, query: str) -> None:
    tab.page.set_viewport_size({"width": 1024, "height": 768})
    tab.go(f"/runs/second/see{query}")
    tab.page.get_by_role("region", name="conv1").scroll_into_view_if_needed()
    tab.page.get_by_role("region", name="conv1").get_by_role("button", name="unit 0").wait_for()
    tab.page.wait_for_timeout(300)
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 1024
    main = tab.page.evaluate("[document.querySelector('main').scrollWidth, document.querySelector('main').clientWidth]")
    assert main[0] <= main[1], "the view needs no scrolling sideways"
