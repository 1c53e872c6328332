"""A tab of a real Chromium on a studio, which notes all that goes wrong in it, and what is done there again and again.

Every view that is looked at is judged by axe-core in light and in dark, no console may say a word, nothing is asked for
elsewhere, and the screenshots are kept in `artifacts/studio` (or where `NEOCOG_ARTIFACTS` says).
"""

import os
from pathlib import Path
from typing import Any

import pytest

from neocog import studio as room

TOKEN = "a-token-for-tests"
LONG = 240_000
"""How long a crowded machine may take to train, in milliseconds."""

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(str(room.__file__)).parent
AXE = SOURCE / "web" / "node_modules" / "axe-core" / "axe.min.js"
ARTIFACTS = Path(os.environ.get("NEOCOG_ARTIFACTS", ROOT / "artifacts")) / "studio"
SCHEMES = ("light", "dark")
SOFTWARE = "GPU stall due to ReadPixels"
"""What Chromium says of every WebGL canvas where it draws in software; no page can help it."""

needs_pages = pytest.mark.skipif(not (SOURCE / "built").is_dir(), reason="the pages are not built: make studio")
"""The mark of a test file that opens the studio in a browser."""


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


def saved(page: Any, button: Any) -> Path:
    """What a button, named by its words or by a pattern of them, keeps as a file."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    return Path(download.value.path())


def painted(canvas: Any) -> int:
    """How many colors there are on a canvas."""
    colors: int = canvas.evaluate(
        "canvas => new Set(new Uint32Array(canvas.getContext('2d')"
        ".getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"
    )
    return colors


def lasso(page: Any, share: float) -> None:
    """Draw a lasso with Shift on the map, a diamond around the middle that takes a share of the width."""
    box = page.get_by_role("application").bounding_box()
    across, down = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    wide, high = share * box["width"] / 2, share * box["height"] / 2
    page.keyboard.down("Shift")
    page.mouse.move(across - wide, down)
    page.mouse.down()
    for x, y in ((0, -1), (1, 0), (0, 1), (-1, 0.1)):
        page.mouse.move(across + x * wide, down + y * high, steps=8)
    page.mouse.up()
    page.keyboard.up("Shift")
