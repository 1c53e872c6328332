"""The page Data as a user meets it, in a real Chromium: scroll, filter, open, copies side by side, what is learned."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from tests.studio.tab import Tab, needs_pages

from neocog.studio import Opened

pytestmark = needs_pages

SPLITS = {"train": 14, "val": 4, "test": 6}
CLASSES = ("bolt", "nut", "washer")


def drawn(seed: int, side: int = 120) -> Image.Image:
    """A picture that no other one is like: a few soft blocks in color."""
    blocks = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    return Image.fromarray(blocks).resize((side, side), Image.Resampling.BICUBIC)


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """Three classes in given splits, with a fault of each kind."""
    folder = tmp_path / "parts"
    for at, label in enumerate(CLASSES):
        for side, count in SPLITS.items():
            (folder / side / label).mkdir(parents=True)
            for place in range(count - 2 * at):
                seed = 1000 * at + 100 * len(side) + place
                drawn(seed).save(folder / side / label / f"{place:02}.png")
    train = folder / "train"
    (train / "bolt" / "broken.png").write_bytes(b"no image")
    drawn(500).save(folder / "test" / "bolt" / "leaked.png")  # train/bolt/00 under another name
    drawn(501).save(train / "nut" / "mistaken.png")
    drawn(502).save(train / "bolt" / "again.jpg", quality=70)
    drawn(9999).resize((480, 24)).save(train / "nut" / "long.png")
    return folder


@pytest.fixture
def tab(browser: Any, parts: Path, tmp_path: Path, monkeypatch: Any, studio_on: Any) -> Iterator[Tab]:
    """A tab that must stay quiet, on a studio that was opened on the parts."""
    monkeypatch.chdir(tmp_path)
    opened = Tab(browser, studio_on(Opened(tmp_path / "runs", data=str(parts))))
    yield opened
    opened.close()


def cells(page: Any) -> list[str]:
    """The names of the images in the grid, once all of them are drawn."""
    page.locator("[role=option]").first.wait_for()
    page.locator("[role=option][data-drawn=no], [role=option][data-drawn=far]").first.wait_for(state="detached")
    return [each.get_attribute("aria-label") for each in page.locator("[role=option]").all()]


def test_all_images_and_what_is_wrong_with_them(tab: Tab) -> None:
    page = tab.page
    tab.go("/data")
    page.get_by_role("heading", name="59 images of 3 classes, 8 to look at").wait_for()
    found = cells(page)
    assert len(found) == 59
    assert sum("left out, unreadable" in name for name in found) == 1
    tab.look("data")
    page.get_by_text("What to do: 7").click()
    page.get_by_text("unreadable and left out: repair or delete them").wait_for()
    page.keyboard.press("Escape")
    page.get_by_text("unreadable and left out: repair or delete them").wait_for(state="hidden")
    page.get_by_role("link", name="on two sides 2").click()
    page.get_by_role("status").get_by_text("2 images shown").wait_for()
    assert cells(page) == ["bolt, test, on two sides", "bolt, train, on two sides"]
    page.get_by_role("link", name="show all").click()
    page.get_by_role("link", name="nut, ").click()
    page.get_by_role("link", name="validation 2").click()
    page.get_by_role("status").get_by_text("2 images shown").wait_for()
    assert cells(page) == ["nut, validation"] * 2
    page.reload()
    assert cells(page) == ["nut, validation"] * 2, "the address holds the choice"
    with page.expect_download() as download:
        page.get_by_role("button", name="Save this list as CSV").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert [(row["file"], row["label"], row["split"]) for row in rows] == [
        (f"val/nut/0{place}.png", "nut", "validation") for place in (0, 1)
    ]
    with page.expect_download() as download:
        page.get_by_role("button", name="Save what is in view as PNG").click()
    saved = np.asarray(Image.open(download.value.path()).convert("RGB"))
    assert len(np.unique(saved.reshape(-1, 3), axis=0)) > 1000, "a picture of the pictures"
    with page.expect_download() as download:
        page.get_by_role("button", name="Save what is in view as SVG").click()
    drawing = ElementTree.parse(download.value.path()).getroot()
    assert [each.text for each in drawing.iter("{http://www.w3.org/2000/svg}title")] == ["nut, validation"] * 2
    assert drawing.find("{http://www.w3.org/2000/svg}text").text == "parts: 2 images, nut, validation"
    page.get_by_role("link", name="washer, ").click()
    page.get_by_role("link", name="odd size").click()
    page.get_by_text("No image is of this class, split and problem at once").wait_for()


def test_an_image_is_opened_and_walked_from_by_keys(tab: Tab, parts: Path) -> None:
    page = tab.page
    tab.go("/data?problem=any")
    names = cells(page)
    grid = page.get_by_role("listbox", name="Images")
    grid.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    inspector = page.get_by_role("complementary", name="Inspector")
    inspector.wait_for()
    assert page.locator("[role=option][aria-selected=true]").get_attribute("aria-label") == names[-2]
    page.keyboard.press("Home")
    inspector.get_by_text("The same picture is among the training images too").wait_for()
    inspector.get_by_text("test/bolt/leaked.png").wait_for()
    inspector.get_by_role("link", name="train/bolt/00.png").click()
    inspector.get_by_text("The same picture is among the sealed test set too").wait_for()
    inspector.locator("img").first.evaluate("image => image.decode()")
    assert inspector.locator("img").first.evaluate("image => image.naturalWidth") == 120
    tab.look("data-image")
    address = page.url
    grid.focus()
    page.keyboard.press("Escape")
    inspector.wait_for(state="detached")
    page.goto(address)
    inspector.get_by_text("train/bolt/00.png").wait_for()
    (parts / "train" / "bolt" / "00.png").unlink()
    page.goto(address)
    inspector.get_by_text("There is no picture to show").wait_for()


def test_copies_stand_side_by_side(tab: Tab) -> None:
    page = tab.page
    tab.go("/data")
    page.get_by_role("button", name="Same picture 3").click()
    page.get_by_role("status").get_by_text("3 pictures of which there are several").wait_for()
    groups = page.get_by_role("region", name="2 images of one picture")
    assert [each.locator("b").inner_text() for each in groups.all()] == ["on two sides", "under two labels", "copies"]
    assert "nearly the same pixels" in groups.nth(2).inner_text()
    for image in groups.locator("img").all():
        image.evaluate("image => image.decode()")
    tab.look("data-copies")
    groups.nth(1).get_by_role("link").nth(1).click()
    page.get_by_role("complementary", name="Inspector").get_by_text("no network can learn both").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save this list as CSV").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert [row["same bytes"] for row in rows] == ["yes"] * 4 + ["no"] * 2


def test_what_the_network_sees_epoch_by_epoch(tab: Tab) -> None:
    page = tab.page
    tab.go("/data?view=network")
    page.get_by_text("In training it is drawn anew in each epoch").wait_for()
    first = page.get_by_role("img", name="In epoch 1: ").first.get_attribute("alt")
    assert first.startswith("In epoch 1: scale ")
    assert "rotation" in first
    pictures = page.locator("td:nth-child(2) img")
    assert pictures.count() == 5
    assert pictures.first.evaluate("image => image.naturalWidth") == 112
    with page.expect_download() as download:
        page.get_by_role("button", name="Save what the network sees as SVG").click()
    assert Path(download.value.path()).read_text().count('<image href="data:image/png') == 5 * 6
    with page.expect_download() as download:
        page.get_by_role("button", name="Save what the network sees as CSV").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert [row["epoch"] for row in rows[:4]] == ["1", "2", "3", "4"]
    assert f"In epoch 1: {rows[0]['drawn']}".replace(", ", " ") == first.replace(", ", " ")
    tab.look("data-network")
    page.keyboard.press("n")
    page.wait_for_url("**epoch=2")
    page.get_by_role("img", name="In epoch 5: ").first.wait_for()
    assert page.get_by_role("img", name="In epoch 1: ").count() == 0
    page.keyboard.press("p")
    page.get_by_role("img", name="In epoch 1: ").first.wait_for()
    assert page.get_by_role("img", name="In epoch 1: ").first.get_attribute("alt") == first, "the same draw again"
    page.get_by_role("button", name="More images").click()
    page.wait_for_url("**at=5")
    page.get_by_role("link", name="test 13").click()
    page.get_by_text("No training image: it is only ever seen as on the left").first.wait_for()


def test_thousands_are_scrolled_and_the_place_is_kept(
    browser: Any, tmp_path: Path, monkeypatch: Any, studio_on: Any
) -> None:
    blocks = np.random.default_rng(0).integers(0, 256, (6000, 4, 4), np.uint8)
    np.savez(tmp_path / "many.npz", x=blocks.repeat(3, axis=1).repeat(3, axis=2), y=np.arange(6000) % 3)
    monkeypatch.chdir(tmp_path)
    tab = Tab(browser, studio_on(Opened(tmp_path / "runs", data="many.npz")))
    page = tab.page
    tab.go("/data")
    page.locator("[data-drawn=yes]").first.wait_for()
    assert page.locator("[role=option]").count() < 600, "only what is in view exists"
    grid = page.get_by_role("listbox", name="Images")
    grid.evaluate("grid => grid.scrollTop = grid.scrollHeight / 2")
    page.wait_for_url("**at=*")
    page.locator("[data-drawn=no], [data-drawn=far]").first.wait_for(state="detached")
    first = int(page.url.split("at=")[1])
    assert 2500 < first < 3200
    row = page.locator(f"#image-{first}")
    colors = row.evaluate(
        """cell => {
          const canvas = cell.parentElement.querySelector('canvas'), size = cell.offsetHeight
          const pen = canvas.getContext('2d'), scale = canvas.height / size
          const { data } = pen.getImageData(cell.offsetLeft * scale, 0, canvas.height, canvas.height)
          const at = (x, y) => data[4 * (Math.floor(y * canvas.height) * canvas.height + Math.floor(x * canvas.height))]
          return [0, 1, 2, 3].map((y) => [0, 1, 2, 3].map((x) => at((x + 0.5) / 4, (y + 0.5) / 4)))
        }"""
    )
    np.testing.assert_array_equal(colors, blocks[first])
    page.reload()
    page.locator(f"#image-{first}[data-drawn=yes]").wait_for()
    tab.close()


def test_no_data_and_broken_data(tab: Tab, browser: Any, studio: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir(exist_ok=True)
    tab.go("/runs")
    tab.go("/data?path=empty")
    tab.page.get_by_role("heading", name="These data cannot be shown").wait_for()
    tab.look("data-broken")
    other = Tab(browser, studio)
    other.go("/data")
    other.page.get_by_role("heading", name="Which data?").wait_for()
    other.look("data-none")
    (tmp_path / "given").mkdir()
    other.page.get_by_label("Data", exact=True).fill("given")
    other.page.get_by_role("button", name="Look at it").click()
    other.page.get_by_role("heading", name="These data cannot be shown").wait_for()
    other.page.go_back()
    other.page.get_by_role("link", name="digits").click()
    other.page.get_by_role("heading", name="1,797 images of 10 classes").wait_for()
    other.go("/runs/first/data?problem=suspect")
    other.page.locator("[data-drawn=yes]").first.click()
    inspector = other.page.get_by_role("complementary", name="Inspector")
    inspector.get_by_text("its label is doubtful").wait_for()
    other.look("data-suspects")
    assert (
        inspector.get_by_role("link", name="See inside")
        .get_attribute("href")
        .startswith("/runs/first/see?image=data%3A")
    )
    inspector.get_by_role("link", name="Taken for").click()
    other.page.wait_for_url("**/runs/first/results?image=*")
    other.close()


@pytest.mark.parametrize("query", ["?image=3", "?view=same", "?view=network"])
def test_nothing_sticks_out_at_1024_pixels(tab: Tab, query: str) -> None:
    tab.page.set_viewport_size({"width": 1024, "height": 768})
    tab.go(f"/data{query}")
    tab.page.get_by_role("heading", level=1).wait_for()
    tab.page.wait_for_timeout(500)
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 1024
    tab.look(f"data-narrow-{query.strip('?').replace('=', '-')}")
