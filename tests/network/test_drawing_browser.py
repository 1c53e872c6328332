"""Drawings in a real browser: no text lies over another, leaves its box or the page; light, dark, and in print."""

from pathlib import Path
from typing import Any

import pytest

from neocog import zoo
from neocog.network import svg

NAMES = (
    "alexnet", "convnext_tiny", "densenet121", "fcn8s", "googlenet", "googlenet_side_heads", "lenet5", "lenet5_1998",
    "mlp", "mobilenet_v2", "nin_imagenet", "resnet152", "resnet18", "sentence_cnn", "squeezenet1_1", "temperature_mlp",
    "unet", "vgg19_bn",
)  # fmt: skip

MEASURED = """
() => {
    const page = document.documentElement.getBoundingClientRect();
    const box = each => { const r = each.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; };
    const texts = [...document.querySelectorAll('text')];
    const filled = texts.filter(each => each.textContent.trim());
    return {
        page: [page.left, page.top, page.right, page.bottom],
        texts: filled.map(each => [each.textContent, box(each), parseFloat(getComputedStyle(each).fontSize)]),
        cards: filled.filter(each => each.parentNode.querySelector(':scope > rect.side'))
            .map(each => [each.textContent, box(each), box(each.parentNode.querySelector(':scope > rect.side'))]),
        colors: [...new Set(filled.map(each => getComputedStyle(each).fill))].sort(),
    };
}
"""


def opened(browser: Any, folder: Path, name: str, **settings: Any) -> Any:
    """A drawing at its natural size in a tab of its own."""
    file = folder / f"{name}.svg"
    file.write_text(svg(zoo.network(name)), encoding="utf-8")
    tab = browser.new_context(viewport={"width": 1600, "height": 2000}, **settings).new_page()
    tab.goto(file.as_uri())
    return tab


def within(inner: list[float], outer: list[float]) -> bool:
    return (
        inner[0] >= outer[0] - 0.5
        and inner[1] >= outer[1] - 0.5
        and inner[2] <= outer[2] + 0.5
        and inner[3] <= outer[3] + 0.5
    )


def meet(one: list[float], other: list[float]) -> bool:
    """Whether two boxes share more than a pixel each way (a line of text is a little taller than its letters)."""
    return min(one[2], other[2]) - max(one[0], other[0]) > 1 and min(one[3], other[3]) - max(one[1], other[1]) > 1


@pytest.mark.parametrize("name", NAMES)
def test_every_text_has_its_place(browser: Any, tmp_path: Path, name: str) -> None:
    tab = opened(browser, tmp_path, name)
    measured = tab.evaluate(MEASURED)
    tab.context.close()
    texts = measured["texts"]
    assert len(texts) > 5
    assert [text for text, box, _ in texts if not within(box, measured["page"])] == []
    assert [text for text, box, card in measured["cards"] if not within(box, card)] == []
    assert min(size for _, _, size in texts) >= 13
    crowded = [
        (one, other)
        for place, (one, here, _) in enumerate(texts)
        for other, there, _ in texts[place + 1 :]
        if meet(here, there)
    ]
    assert crowded == []


def test_it_follows_the_reader(browser: Any, tmp_path: Path) -> None:
    """Dark where the reader's system is, and light on paper all the same."""
    tab = opened(browser, tmp_path, "resnet18", color_scheme="dark")
    assert tab.evaluate(MEASURED)["colors"] == ["rgb(154, 160, 168)", "rgb(230, 231, 234)"]
    tab.emulate_media(media="print", color_scheme="dark")
    assert tab.evaluate(MEASURED)["colors"] == ["rgb(107, 112, 120)", "rgb(29, 31, 35)"]
    tab.emulate_media(media="screen", color_scheme="light")
    assert tab.evaluate(MEASURED)["colors"] == ["rgb(107, 112, 120)", "rgb(29, 31, 35)"]
    tab.context.close()


def test_a_page_that_holds_it_keeps_its_own_look(browser: Any) -> None:
    """The style of a drawing in a notebook reaches nothing outside it."""
    tab = browser.new_page()
    tab.set_content("<p class='quiet bold name'>words</p>")
    style = "(each => [each.color, each.fontSize, each.fontWeight])(getComputedStyle(document.querySelector('p')))"
    before = tab.evaluate(style)
    tab.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", zoo.network("mlp")._repr_html_())
    assert tab.evaluate("document.querySelectorAll('svg.neocog-drawing').length") == 1
    assert tab.evaluate(style) == before
    tab.close()
