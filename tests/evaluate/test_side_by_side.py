"""The pages that set runs side by side: escaped, self-contained, and in a browser, wide and narrow."""

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neocog.core.proportion import Proportion
from neocog.evaluate import (
    ClassDifference,
    Comparison,
    Ensemble,
    Interval,
    Judged,
    Mean,
    Member,
    Side,
    Together,
    compare_page,
    difference,
    measure,
    runs_page,
)

Opened = Callable[..., tuple[Any, list[str]]]
WHEN: dict[str, str] = {"created": "2026-01-02T03:04:05Z", "version": "0.1.0"}


class _Reader(HTMLParser):
    """Tags and words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def comparison(made: Any) -> Comparison:
    """Two runs with hostile names; the second is better in the first class."""
    targets = np.arange(120) % 4
    first, second = np.ones((2, 1, 120), dtype=bool)
    first[0, targets == 0] = False
    found = difference(first, second, targets)
    side = Side(
        name=made.hostile[0],
        runs=("one",),
        accuracy=0.75,
        interval=Interval(0.7, 0.8),
        spread=0.0,
        parameters=1000,
        macs=2_000_000,
        seconds=61.0,
    )
    return Comparison(
        first=side,
        second=replace(side, name=made.hostile[1], accuracy=1.0, interval=Interval(0.97, 1.0), seconds=None),
        n=120,
        subject="the sealed test set of <made>",
        difference=found,
        per_class=tuple(
            ClassDifference(name=name, support=30, difference=found, chance=0.001 if place == 0 else 1.0)
            for place, name in enumerate(made.hostile)
        ),
        changed=("net", "<b>"),
    )


@pytest.fixture(scope="module")
def together(made: Any) -> Together:
    """Three runs with hostile names and their ensemble."""
    targets, given = made.answers(80, 4, 1.0)
    names = made.hostile
    report = {"classes": names, "subject": "<made>", "accuracy": 0.5, "accuracy_low": 0.4, "accuracy_high": 0.6}
    runs = tuple(
        Judged(Path(f"<b>{seed}"), report, tuple(map(str, range(80))), targets, given.argmax(axis=1))
        for seed in range(3)
    )
    members = tuple(
        Member(
            name=run.name,
            accuracy=Proportion.of(30 + place, 40),
            log_loss=0.5,
            milliseconds=0.5,
            bytes=250_000,
            params=1000,
            macs=2000,
        )
        for place, run in enumerate(runs)
    )
    right = np.array([run.right for run in runs])
    found = difference(right[:1], right[1:2], targets)
    pool = Ensemble(measures=measure(targets, given, names), members=members, validation=found, sealed=found)
    mean = Mean(accuracy=0.5, interval=Interval(0.4, 0.6), spread=0.01)
    return Together(path=Path("<i>"), runs=runs, changed=(), mean=mean, ensemble=pool)


@pytest.fixture(scope="module")
def pages(comparison: Comparison, together: Together) -> dict[str, str]:
    mixed = replace(together, mean=None, changed=("net", "<b>"))
    same = replace(comparison, same="model")
    return {
        "compare": compare_page(comparison, **WHEN),
        "same": compare_page(same, **WHEN),
        "runs": runs_page(together, **WHEN),
        "mixed": runs_page(mixed, **WHEN),
    }


@pytest.mark.parametrize("name", ["compare", "same", "runs", "mixed"])
def test_the_pages_need_nothing_but_themselves(pages: dict[str, str], name: str) -> None:
    reader = _Reader(pages[name])
    assert not {tag for tag, _ in reader.tags} & {"script", "iframe", "object", "embed", "form", "base", "i"}
    for tag, attributes in reader.tags:
        assert not [key for key in attributes if key.startswith("on")], "no handlers"
        address = attributes.get("href") or attributes.get("src") or attributes.get("xlink:href") or ""
        assert address.startswith(("data:", "#", "%3Cb%3E")) or not address, f"<{tag}> reaches for {address[:60]}"
    assert "default-src 'none'" in pages[name]


def test_they_say_what_was_found(pages: dict[str, str], comparison: Comparison, together: Together) -> None:
    words = {name: " ".join(" ".join(_Reader(text).words).split()) for name, text in pages.items()}
    assert comparison.sentence in words["compare"]
    assert "not known" in words["compare"], "the second's training time"
    assert "Class by class" in words["compare"]
    assert "Class by class" not in words["same"]
    assert together.sentence in words["runs"]
    assert together.ensemble.gain in words["runs"]
    assert "mean over seeds" in pages["runs"]
    assert "which differ in net and <b>, name" in words["mixed"]
    assert "mean over seeds" not in pages["mixed"]


@pytest.mark.parametrize(("scheme", "card"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(28, 30, 34)")])
@pytest.mark.parametrize("width", [375, 1200])
@pytest.mark.parametrize("name", ["compare", "runs"])
def test_they_follow_the_reader(
    opened: Opened, pages: dict[str, str], tmp_path: Path, name: str, width: int, scheme: str, card: str
) -> None:
    file = tmp_path / "page.html"
    file.write_text(pages[name])
    tab, heard = opened(file, color_scheme=scheme, viewport={"width": width, "height": 800})
    assert heard == []
    assert tab.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor") == card
    assert tab.evaluate("document.documentElement.scrollWidth") <= width, "nothing sticks out sideways"
    assert tab.evaluate("[...document.querySelectorAll('figure svg')].every(svg => svg.getBBox().width > 50)")
    tab.context.close()
