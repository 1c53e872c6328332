"""Takes the pictures of the studio's views and writes `docs/studio.md` anew.

    make studio && PYTHONPATH=docs python -m studio_pictures [VIEW ...]

Two networks are trained on the embedded digits and judged, once; what was trained is kept in `runs/studio-pictures`. A
Chromium must be there: the system's, one that `CHROMIUM` names, or Playwright's own.
"""

import argparse
import io
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from neocog.data import DataOptions
from neocog.evaluate import evaluate
from neocog.studio import Opened, application
from neocog.studio.server import listen
from neocog.train import Recipe, is_finished, train
from studio_pictures.page import page
from studio_pictures.views import OTHER, RUN, VIEWS, View

DOCS = Path(__file__).resolve().parent.parent
IMAGES = DOCS / "images" / "studio"
SIZE = {"width": 1280, "height": 860}
QUALITY = 82
TOKEN = "pictures"
PATIENCE = 240_000
"""How long a view may take to be ready, in milliseconds: a map has to be laid out first."""
DIGITS = DataOptions(path="digits")
RUNS = {RUN: Recipe(net="lenet5", epochs=12, data=DIGITS), OTHER: Recipe(net="mlp", epochs=8, data=DIGITS)}


def trained(folder: Path) -> None:
    """Train and judge the runs that are not there yet."""
    for name, recipe in RUNS.items():
        run = folder / name
        if not (run.exists() and is_finished(run)):
            for _ in train(recipe, run, resume=run.exists()):
                pass
        if not (run / "report.json").exists():
            evaluate(run)


@contextmanager
def studio(folder: Path) -> Iterator[str]:
    """A studio on the runs, and its address."""
    listening = listen(0)
    port = listening.getsockname()[1]
    ready = threading.Event()
    config = uvicorn.Config(application(Opened(folder), TOKEN, port, ready.set), log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    ready.wait(30)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)
    listening.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        found = os.environ.get("CHROMIUM") or shutil.which("chromium") or playwright.chromium.executable_path
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


def take(browser: Browser, address: str, view: View, scheme: str) -> bytes:
    """A picture of a view as WebP."""
    context = browser.new_context(viewport=SIZE, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE)
    tab.goto(f"{address}/runs?token={TOKEN}")
    tab.goto(address + view.address)
    tab.get_by_text(view.ready).first.wait_for()
    tab.wait_for_load_state("networkidle")
    view.act(tab)
    tab.wait_for_timeout(500)  # pictures that come last
    shot = Image.open(io.BytesIO(tab.screenshot()))
    context.close()
    file = io.BytesIO()
    shot.convert("RGB").save(file, "WEBP", quality=QUALITY, method=6)
    return file.getvalue()


def main() -> None:
    """Take the pictures of all views, or of those that are named."""
    parser = argparse.ArgumentParser(description="Pictures of the studio's views, for the docs.")
    parser.add_argument("views", nargs="*", help="the views' names; none: all")
    parser.add_argument("--runs", type=Path, default=Path("runs/studio-pictures"), help="where the runs are kept")
    given = parser.parse_args()
    trained(given.runs)
    IMAGES.mkdir(parents=True, exist_ok=True)
    with studio(given.runs) as address, chromium() as browser:
        for view in VIEWS:
            if given.views and view.name not in given.views:
                continue
            for scheme in ("light", "dark"):
                (IMAGES / f"{view.name}-{scheme}.webp").write_bytes(take(browser, address, view, scheme))
    (DOCS / "studio.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
