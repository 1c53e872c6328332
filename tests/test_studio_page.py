"""The studio's page of the docs: whole, each view with its two pictures, small enough to keep."""

import importlib
from pathlib import Path

import pytest
from PIL import Image

DOCS = Path(__file__).resolve().parent.parent / "docs"
MOST = 150_000
"""Bytes of a picture."""


def test_every_view_has_its_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("playwright.sync_api", reason="playwright, which takes the pictures, is not installed")
    monkeypatch.syspath_prepend(DOCS)
    views = importlib.import_module("studio_pictures.views").VIEWS
    page = importlib.import_module("studio_pictures.page").page()
    assert (DOCS / "studio.md").read_text() == page, "run `PYTHONPATH=docs python -m studio_pictures`"
    pictures = {f"{view.name}-{scheme}.webp" for view in views for scheme in ("light", "dark")}
    assert {path.name for path in (DOCS / "images" / "studio").iterdir()} == pictures
    for name in pictures:
        path = DOCS / "images" / "studio" / name
        assert path.stat().st_size < MOST
        with Image.open(path) as picture:
            assert picture.size == (1280, 860)
            low, high = picture.convert("L").getextrema()
            assert high - low > 150, "it shows something"
