"""How long a picture is missing while somebody scrolls through 70,000 images in the studio's page Data.

    python bench/studio_grid.py --rounds 5

The studio runs as `neocog studio` starts it, on MNIST as it is published (70,000 images), and a headless Chromium shows
the grid at 1440 x 900. A second after it has come it is scrolled as a person does: by the wheel, slowly and fast; by
dragging the bar, steadily from one end to the other and in leaps; by holding the page key. In every frame each cell in
view is asked whether its picture is drawn. *Image* is the longest time that one image stood in view without any
picture, until it came or was scrolled away; *spot* the longest time that one spot of the screen showed none, whatever
went by. A picture from afar, 8 x 8 pixels of it, counts as one; *sharp* is *image* for the whole picture. What a cell
says is compared with the pixels of its canvas at each stop. *Pause* is the longest time between two frames: no hole is
seen as shorter than that. Prints median, least and greatest over the rounds and keeps them in
`bench/results/studio_grid.json`. The images are looked for in `NEOCOG_SHARED`, else in `../shared/data`; without them
as many are drawn. `--data FOLDER` measures other images, and keeps the figures under the folder's name too;
`--photos 600` first draws so many of 12 megapixels there.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from common import keep, real, spread
from PIL import Image
from playwright.sync_api import Page, sync_playwright

IMAGES = 70_000
PHOTO = (4000, 3000)
"""The width and height of a photograph."""
VIEW = {"width": 1440, "height": 900}
TARGET = 200
"""The longest hole that is borne, in milliseconds."""

WATCH = """() => {
  const grid = document.querySelector('[role=listbox]')
  const longest = { image: 0, spot: 0, sharp: 0, pause: 0, frames: 0 }
  const open = { image: new Map(), spot: new Map(), sharp: new Map() }
  let before = performance.now(), over = false
  const look = (now) => {
    if (over) return
    longest.pause = Math.max(longest.pause, now - before)
    before = now
    longest.frames++
    const box = grid.getBoundingClientRect()
    const holes = { image: new Set(), spot: new Set(), sharp: new Set() }
    for (const cell of grid.querySelectorAll('[role=option]')) {
      const { top, bottom, left, height } = cell.getBoundingClientRect()
      if (bottom <= box.top || top >= box.bottom) continue
      if (cell.dataset.drawn !== 'yes') holes.sharp.add(cell.id)
      if (cell.dataset.drawn !== 'no') continue
      holes.image.add(cell.id)
      holes.spot.add(Math.floor((top - box.top) / height) + ' ' + Math.round(left))
    }
    for (const [kind, since] of Object.entries(open)) {
      for (const hole of holes[kind]) if (!since.has(hole)) since.set(hole, now)
      for (const [hole, began] of since) {
        longest[kind] = Math.max(longest[kind], now - began)
        if (!holes[kind].has(hole)) since.delete(hole)
      }
    }
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
  window.watched = () => { over = true; return longest }
}"""

BLANK = """() => {
  const grid = document.querySelector('[role=listbox]').getBoundingClientRect()
  let blank = 0
  for (const cell of document.querySelectorAll('[role=option]')) {
    const box = cell.getBoundingClientRect()
    if (box.bottom <= grid.top || box.top >= grid.bottom) continue
    const canvas = cell.parentElement.querySelector('canvas'), at = canvas.getBoundingClientRect()
    const x = Math.round((box.left + box.width / 2 - at.left) * canvas.width / at.width)
    const y = Math.round((box.height / 2) * canvas.height / at.height)
    const drawn = canvas.getContext('2d').getImageData(x, y, 1, 1).data[3] === 255
    blank += (cell.dataset.drawn === 'yes') !== drawn || !drawn
  }
  return blank
}"""


def wheel(page: Page, notches: int, turn: int, pause: float) -> None:
    """Turn the wheel down, so many pixels a notch."""
    page.mouse.move(800, 600)
    for _ in range(notches):
        page.mouse.wheel(0, turn)
        time.sleep(pause)


def drag(page: Page, seconds: float) -> None:
    """Drag the bar from the top to the bottom."""
    left, top, height = _bar(page)
    page.mouse.move(left, top)
    page.mouse.down()
    began = time.monotonic()
    while (share := (time.monotonic() - began) / seconds) < 1:
        page.mouse.move(left, top + share * height)
        time.sleep(0.012)
    page.mouse.up()


def leap(page: Page, leaps: int) -> None:
    """Drag the bar to anywhere, quickly, and look for a moment."""
    left, top, height = _bar(page)
    drawn = random.Random(0)
    page.mouse.move(left, top)
    page.mouse.down()
    for _ in range(leaps):
        page.mouse.move(left, top + drawn.random() * height, steps=4)
        time.sleep(0.5)
    page.mouse.up()


def pages(page: Page, presses: int) -> None:
    """Hold the page key, as the keyboard repeats it."""
    page.get_by_role("listbox").focus()
    for _ in range(presses):
        page.keyboard.press("PageDown")
        time.sleep(0.033)


WAYS: dict[str, Callable[[Page], None]] = {
    "wheel, slowly": lambda page: wheel(page, 60, 120, 0.08),
    "wheel, fast": lambda page: wheel(page, 120, 600, 0.025),
    "page key held": lambda page: pages(page, 90),
    "bar, leaps": lambda page: leap(page, 12),
    "bar, all in 15 s": lambda page: drag(page, 15),
    "bar, all in 3 s": lambda page: drag(page, 3),
}


def _bar(page: Page) -> tuple[float, float, float]:
    """The middle of the bar's thumb at the top, and how far it goes."""
    box = page.get_by_role("listbox").bounding_box()
    assert box is not None
    return box["x"] + box["width"] - 7, box["y"] + 24, box["height"] - 48


def measured(page: Page, address: str, way: Callable[[Page], None]) -> dict[str, float]:
    """The longest holes of one way of scrolling, from the top of the grid, in milliseconds."""
    page.goto(address)
    page.locator("[data-drawn=yes]").first.wait_for()
    time.sleep(1)
    page.evaluate(WATCH)
    before = page.get_by_role("listbox").evaluate("grid => grid.scrollTop")
    way(page)
    time.sleep(0.6)
    assert page.get_by_role("listbox").evaluate("grid => grid.scrollTop") != before, "it was scrolled"
    found: dict[str, float] = page.evaluate("() => window.watched()")
    assert page.evaluate(BLANK) == 0, "what says that it is drawn is"
    return found


def drawn_images(folder: Path) -> Path:
    """As many images of random blocks, where there is no MNIST."""
    blocks = np.random.default_rng(0).integers(0, 256, (IMAGES, 7, 7), np.uint8)
    path = folder / "blocks.npz"
    np.savez(path, x=blocks.repeat(4, axis=1).repeat(4, axis=2), y=np.arange(IMAGES) % 10)
    return path


def draw_photos(folder: Path, count: int) -> None:
    """Photographs of 4,000 x 3,000 pixels (JPEG) in two class folders, as far as there are not so many yet.

    Each is other soft blocks under the noise of a camera.
    """
    for number in range(count):
        path = folder / ("even", "odd")[number % 2] / f"{number:05}.jpg"
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn = np.random.default_rng(number)
        blocks = Image.fromarray(drawn.integers(0, 256, (12, 16, 3), np.uint8))
        soft = np.asarray(blocks.resize(PHOTO, Image.Resampling.BICUBIC)).astype(np.int16)
        noise = drawn.integers(-8, 9, (300, 400, 3), np.int16)
        pixels = soft + np.tile(noise, (10, 10, 1))
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path, quality=85)


def chromium() -> str | None:
    """The system's Chromium; None for Playwright's own."""
    candidates = [os.environ.get("CHROMIUM"), shutil.which("chromium"), shutil.which("google-chrome")]
    return next((path for path in candidates if path), None)


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="The longest time without a picture while the grid is scrolled.")
    parser.add_argument("--rounds", type=int, default=5, help="how often each way of scrolling is measured")
    parser.add_argument("--only", default="", help="measure the ways whose names begin so, and keep nothing")
    parser.add_argument("--data", type=Path, help="measure these images instead")
    parser.add_argument("--photos", type=int, default=0, help="first draw so many photographs into the folder --data")
    chosen = parser.parse_args()
    if chosen.photos:
        draw_photos(chosen.data, chosen.photos)
    ways = {name: way for name, way in WAYS.items() if name.startswith(chosen.only)}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data = chosen.data or real("mnist") or drawn_images(Path(folder))
        studio = subprocess.Popen(
            [sys.executable, "-m", "neocog", "studio", str(data), "--no-browser"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=folder,
        )
        try:
            assert studio.stdout is not None
            address = studio.stdout.readline().strip()
            # the bar is part of what is measured, and Playwright hides it
            browser: Any = playwright.chromium.launch(
                executable_path=chromium(), args=["--no-sandbox"], ignore_default_args=["--hide-scrollbars"]
            )
            page = browser.new_page(viewport=VIEW)
            page.set_default_timeout(300_000)
            began = time.monotonic()
            page.goto(address)
            page.locator("[data-drawn=yes]").first.wait_for()
            opened = time.monotonic() - began
            address = page.url
            holes: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
            for _ in range(chosen.rounds):
                for name, way in ways.items():
                    holes[name].append(measured(page, address, way))
            version = browser.version
            browser.close()
        finally:
            studio.terminate()
            studio.wait()
    print(f"{'milliseconds without a picture':<20}{'median':>10}{'least':>10}{'greatest':>10}")
    for name, found in holes.items():
        for kind in ("image", "spot", "sharp", "pause"):
            print(f"{name:<20} {kind:<9}{spread(each[kind] for each in found)}")
    print(f"the first picture after {opened:.1f} s")
    worst = max(each[kind] for found in holes.values() for each in found for kind in ("image", "spot"))
    print(f"the longest of all: {worst:.0f} ms, n = {chosen.rounds}; borne are {TARGET}")
    if not chosen.only:
        told = {"view": VIEW, "browser": version, "data": Path(data).name, "opened": opened, "milliseconds": holes}
        if chosen.data:
            keep(f"studio_grid_{chosen.data.name}", images=sum(1 for _ in chosen.data.rglob("*.jpg")), **told)
        else:
            keep("studio_grid", images=IMAGES, **told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
