"""How smoothly the studio's map of 10,000 images moves in a headless Chromium, which draws in software.

    python bench/studio_map.py                # a minute
    python bench/studio_map.py --points 2000

A network is trained for one epoch on that many digits, shifted by a pixel here and there, and the studio's own server
and page show the map of them by principal components (how the points are laid out changes nothing in what is drawn).
The map is dragged by the mouse in circles: once with all points in view, once so close that the images themselves are.
A frame counts when the map has moved in it; the figure of a pan is the frames it moved in over its seconds, and beside
it stands the longest time between two such frames. The aim is 20 frames a second.

Prints median, least and greatest over the pans, and keeps every pan in `bench/results/studio_map.json`.
"""

import argparse
import math
import os
import shutil
import statistics
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from common import keep, spread
from numpy.typing import NDArray
from playwright.sync_api import Page, sync_playwright
from sklearn.datasets import load_digits

from neocog.data import DataOptions
from neocog.studio import Opened, application
from neocog.studio.server import listen
from neocog.train import Recipe, train

POINTS = 10_000
PANS = 10
SECONDS = 2.0
AIM = 20
TOKEN = "bench"
SIZE = {"width": 1440, "height": 900}

RECORD = """() => {
  window.moved = []
  window.recording = true
  const sign = document.querySelector('[role=application] [data-view]')
  let last = ''
  const look = (now) => {
    if (sign.dataset.view !== last) window.moved.push(now)
    last = sign.dataset.view
    if (window.recording) requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}"""
TAKE = "() => { window.recording = false; return window.moved }"


@dataclass(frozen=True, kw_only=True)
class Pan:
    """One drag of the map."""

    scene: str
    """`whole`, with all points in view, or `close`, with images."""
    frames: int
    seconds: float
    longest: float
    """Milliseconds between two frames, at most."""

    @property
    def rate(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds


def to_pan(scene: str, moved: list[float]) -> Pan:
    """A pan from the times, in milliseconds, of the frames in which the map had moved.

    >>> to_pan("whole", [0.0, 50.0, 150.0])
    Pan(scene='whole', frames=2, seconds=0.15, longest=100.0)
    """
    assert len(moved) > 1, "the map did not move"
    between = np.diff(moved)
    return Pan(scene=scene, frames=len(between), seconds=(moved[-1] - moved[0]) / 1000, longest=float(between.max()))


def shifted_digits(count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """So many images (uint8 N 8 8) and labels: real digits, then the same ones shifted by a pixel."""
    digits = load_digits()
    images = (digits.images / 16 * 255).round().astype(np.uint8)
    shifts = [(0, 0), (0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1)]
    rolled = np.concatenate([np.roll(images, shift, axis=(1, 2)) for shift in shifts])
    assert count <= len(rolled), f"there are {len(rolled):,} such digits at most"
    return rolled[:count], np.tile(digits.target, len(shifts))[:count].astype(np.uint8)


def write_idx(path: Path, array: NDArray[np.uint8]) -> None:
    """An array as MNIST's files have it."""
    path.write_bytes(struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes())


def make_run(folder: Path, count: int) -> Path:
    """A folder with a run on so many images of training and validation."""
    data = folder / "digits"
    data.mkdir()
    images, labels = shifted_digits(count)
    for name, part in (("train", slice(None)), ("t10k", slice(0, 100))):
        write_idx(data / f"{name}-images-idx3-ubyte", images[part])
        write_idx(data / f"{name}-labels-idx1-ubyte", labels[part])
    recipe = Recipe(net="lenet5", epochs=1, data=DataOptions(path=str(data)))
    assert [event.kind for event in train(recipe, folder / "runs" / "digits")][-1] == "finished"
    return folder / "runs"


@contextmanager
def served(runs: Path) -> Iterator[str]:
    """The address of a studio that answers."""
    listening = listen(0)
    port = listening.getsockname()[1]
    ready = threading.Event()
    app = application(Opened(runs), TOKEN, port, ready.set)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    ready.wait(60)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def drag(page: Page, scene: str, seconds: float) -> Pan:
    """Drag the map in a circle for a while."""
    box = page.get_by_role("application").bounding_box()
    assert box is not None
    across, down = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(across + 80, down)
    page.mouse.down()
    page.evaluate(RECORD)
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        turn = 2 * math.pi * passed / 2
        page.mouse.move(across + 80 * math.cos(turn), down + 80 * math.sin(turn))
    moved = page.evaluate(TAKE)
    page.mouse.up()
    return to_pan(scene, moved)


def measure(address: str, points: int, pans: int, seconds: float) -> tuple[list[Pan], str]:
    """The pans of both scenes, and the browser's version."""
    with sync_playwright() as playwright:
        found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.goto(f"{address}/runs/digits/map?way=pca&token={TOKEN}")
        plane = page.get_by_role("application", name=f"Map of {points:,} images")
        plane.wait_for(timeout=120_000)
        page.wait_for_timeout(1000)
        drag(page, "whole", seconds)  # the shaders are compiled in it
        measured = [drag(page, "whole", seconds) for _ in range(pans)]
        plane.focus()
        while not plane.locator("img").count():
            page.keyboard.press("+")
            page.wait_for_timeout(400)
        drag(page, "close", seconds)
        measured += [drag(page, "close", seconds) for _ in range(pans)]
        version = browser.version
        browser.close()
    return measured, version


def table(pans: list[Pan]) -> str:
    """The figures as lines of text."""
    lines = [f"{'frames a second':<18}{'median':>10}{'least':>10}{'greatest':>10}{'longest, ms':>14}{'n':>5}"]
    for scene in ("whole", "close"):
        own = [pan for pan in pans if pan.scene == scene]
        longest = statistics.median(pan.longest for pan in own)
        lines.append(f"{scene:<18}{spread((pan.rate for pan in own), 1)}{longest:>14.0f}{len(own):>5}")
    return "\n".join(lines)


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="Frames a second of the studio's map.")
    parser.add_argument("--points", type=int, default=POINTS, help="images on the map")
    parser.add_argument("--pans", type=int, default=PANS, help="drags of each scene")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NEOCOG_CACHE"] = f"{folder}/cache"
        runs = make_run(Path(folder), chosen.points)
        with served(runs) as address:
            pans, version = measure(address, chosen.points, chosen.pans, SECONDS)
    print(table(pans))
    figures: dict[str, Any] = {"points": chosen.points, "chromium": version, "viewport": SIZE, "aim": AIM}
    keep("studio_map", **figures, pans=[{**asdict(pan), "rate": round(pan.rate, 2)} for pan in pans])
    return 0


if __name__ == "__main__":
    sys.exit(main())
