"""The page as text: self-contained, escaped, bounded, and saying what the report says."""

import base64
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from typing import Any

import pytest

from neocog.evaluate import Pictures, page

EMPTY = {"meta", "link", "img", "br", "circle", "line", "path", "rect", "use"}


class _Reader(HTMLParser):
    """Tags, addresses and text of a page; fails where tags do not close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in EMPTY:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)


def _read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def hostile(made: Any) -> str:
    """A page with every section, all of whose names are hostile."""
    targets, given = made.answers(80, 4, 1.0)
    report = made.report(
        targets,
        given,
        made.hostile,
        findings=made.leaky(made.hostile),
        warnings=("Some <b>warning</b>.",),
        training=made.training((1.0, 0.5), (0.5, 0.75)),
        openings=(("<run>", made.opening()),),
    )
    return page(report, made.shown(report))


def test_the_page_needs_nothing_but_itself_and_runs_nothing(hostile: str) -> None:
    reader = _read(hostile)
    names = {tag for tag, _ in reader.tags}
    assert not names & {"script", "iframe", "object", "embed", "form", "base", "video", "audio"}
    for tag, attributes in reader.tags:
        assert not [name for name in attributes if name.startswith("on")], "no handlers"
        for name in ("src", "href", "xlink:href"):
            address = attributes.get(name) or ""
            assert address.startswith(("data:", "#")) or not address, f"<{tag}> reaches for {address[:60]}"
    text = " ".join(f"{name}={value}" for _, attributes in reader.tags for name, value in attributes.items())
    assert "default-src 'none'" in text
    assert not re.search(r"@import|url\((?!#)", hostile)


def test_hostile_names_are_text(hostile: str) -> None:
    assert "<script" not in hostile
    assert "<i>0" not in hostile
    assert "<b>" not in hostile
    assert "\u202e" not in hostile
    assert "\x00" not in hostile
    words = "".join(_read(hostile).words)
    assert "<script>alert(1)</script>" in words
    assert "{{ 7 * 7 }}" in words


def test_the_order_of_the_sections(made: Any) -> None:
    targets, given = made.answers(80, 4, 1.0)
    report = made.report(targets, given, tuple("abcd"), training=made.training((1.0, 0.5), (0.5, 0.75)))
    text = page(report, made.shown(report))
    order = re.findall(r'<section aria-labelledby="(\w+)-title"', text)
    assert order == ["next", "mistakes", "matrix", "classes", "belief", "data", "training", "network", "record"]
    assert re.findall(r"<h1", text) == ["<h1"]
    assert '<html lang="en">' in text
    assert '<meta name="neocog-format" content="1">' in text
    assert text.index("it had never seen") < text.index("What to do next")


def test_the_page_says_what_the_report_says(made: Any) -> None:
    targets, given = made.answers(80, 4, 1.0)
    report = made.report(targets, given, tuple("abcd"), training=made.training((1.0, 0.5), (0.5, 0.75)))
    words = "".join(_read(page(report, made.shown(report))).words).replace("\u00a0", " ")
    squeezed = re.sub(r"\s+", " ", words)
    for sentence in report.sentences:
        assert sentence in squeezed
    assert report.opened in squeezed
    assert f"{report.measures.mistakes} mistakes of 80 images" in squeezed
    assert f"{report.measures.log_loss:.3f}" in squeezed
    assert "conv1" in squeezed
    assert (
        "2 epochs on 420 images, judged each time on 90 others in 61 s (cpu, float32). Network auto: small." in squeezed
    )


def test_pictures_and_drawings_have_words(hostile: str) -> None:
    for tag, attributes in _read(hostile).tags:
        if tag == "img":
            assert attributes.get("alt")
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true" or attributes.get("aria-label")
        if attributes.get("role") == "img":
            assert attributes.get("aria-label")
        if tag == "th":
            assert attributes.get("scope") in ("col", "row")


def test_every_figure_can_be_kept(hostile: str) -> None:
    links = [attributes for tag, attributes in _read(hostile).tags if tag == "a"]
    names = {str(link["download"]) for link in links}
    figures = ("verdict", "matrix", "reliability", "roc", "loss", "accuracy")
    assert names == {f"{name}.{kind}" for name in figures for kind in ("svg", "png", "csv")} | {
        "classes.csv",
        "confusions.csv",
    }
    for link in links:
        kind, _, content = str(link["href"]).partition(";base64,")
        raw = base64.b64decode(content)
        if kind == "data:image/svg+xml":
            ElementTree.fromstring(raw)
        assert raw


@pytest.mark.parametrize("classes", [100, 1000])
def test_many_classes_give_a_bounded_page(made: Any, classes: int) -> None:
    targets, given = made.answers(2 * classes, classes, 2.0)
    report = made.report(targets, given, tuple(f"class {label}" for label in range(classes)))
    text = page(report, Pictures())
    assert len(text) < 1_000_000
    assert 'id="matrix"' not in text
    assert f"with {classes:,} classes the whole matrix would not be readable" in text
    assert text.count("<tr>") < 120
    assert len(re.findall(r'class="whisker', text)) <= 40


def test_no_mistakes_and_no_training(made: Any) -> None:
    targets, given = made.answers(60, 2, 60.0)
    report = made.report(targets, given, ("a", "b"), unseen=False, own=False)
    text = page(report, made.shown(report))
    assert "No mistakes" in text
    assert "No mistake: every one of the 60 images lies on the diagonal" in text
    assert "Every class is found without a miss" in text
    assert "it had never seen" not in text
    assert "How it was trained" not in text
    assert "test images" not in text


def test_the_problems_of_the_data_are_listed_and_bounded(hostile: str) -> None:
    words = re.sub(r"\s+", " ", "".join(_read(hostile).words))
    assert "Data problems: 1 leak between splits, 2 pictures with two labels, 30 unreadable" in words
    assert words.count("<b>.png: empty file") == 20
    assert "and 10 more" in words
    assert "train a.png = test b.png" in words
