"""Ways through the studio, in a real Chromium: what is open is in the address, Back undoes it, no mouse is needed."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.studio.tab import LONG, Tab, needs_pages

pytestmark = needs_pages

MAP = "/runs/second/map?way=pca&images=val"


def button(name: str) -> Callable[[Any], Any]:
    """Presses a button of the view."""
    return lambda page: page.get_by_role("main").get_by_role("button", name=name).first.press("Enter")


def link(name: str) -> Callable[[Any], Any]:
    """Follows a link, wherever it stands."""
    return lambda page: page.get_by_role("link", name=name, exact=True).first.press("Enter")


@pytest.mark.parametrize(
    ("address", "there", "act", "leads"),
    [
        ("/runs?chosen=second", "second is highest on validation", link("first"), "/runs/first/results"),
        ("/runs/new?data=digits", "1,797 images of 10 classes", link("Data"), "/data"),
        ("/runs/first/training?health=gradient", "gradients", link("Results"), "/runs/first/results"),
        ("/runs/second/see", "right|mistake|Not sure", button("conv1, unit 1"), "layer=conv1&unit=1"),
        ("/runs/second/see?filter=gauss", "A filter by hand", button("Compare with another"), "beside=data"),
        ("/network?zoo=lenet5", "61.7 k parameters", link("conv1"), "step=conv1"),
        ("/data?path=digits&class=3", "images shown", button("As the network sees them"), "view=network"),
        (MAP, "ten nearest", lambda page: page.get_by_role("application").press("v"), "lasso="),
    ],
)
def test_back_goes_back_on_every_page(
    tab: Tab, address: str, there: str, act: Callable[[Any], Any], leads: str
) -> None:
    page = tab.page
    tab.go(address)
    page.get_by_text(re.compile(there)).first.wait_for(timeout=LONG)
    act(page)
    page.wait_for_url(lambda url: leads in url)
    page.go_back()
    page.wait_for_url(lambda url: url.endswith(address))
    page.get_by_text(re.compile(there)).first.wait_for()


def test_an_edited_network_is_come_back_to(tab: Tab) -> None:
    page = tab.page
    tab.go("/network?zoo=lenet5")
    text = page.get_by_label("The network's text")
    page.get_by_role("heading", name="61.7 k parameters").wait_for()
    original = text.input_value()
    changed = original.replace("Conv(16, 5)", "Conv(8, 5)")
    text.fill(changed)
    page.wait_for_url("**text=*")
    page.reload()
    page.get_by_role("heading", name="parameters").wait_for()
    assert text.input_value() == changed
    page.get_by_role("link", name="Runs", exact=True).click()
    page.get_by_role("link", name="New run").wait_for()
    page.go_back()
    page.get_by_role("heading", name="parameters").wait_for()
    assert text.input_value() == changed
    page.get_by_role("button", name="Back to the original").click()
    page.wait_for_url(lambda url: "text=" not in url)
    assert text.input_value() == original
    text.fill(changed)
    page.get_by_label("A network of the zoo").select_option("mlp")
    page.get_by_role("heading", name="mlp").wait_for()
    assert "text=" not in page.url, "another network begins with its own text"


def test_a_list_is_one_stop_and_is_walked_by_arrows(tab: Tab) -> None:
    page = tab.page
    tab.go("/runs/first/results")
    images = page.locator("main ul a")
    images.first.wait_for()
    assert images.count() > 20
    assert page.locator("main ul a[tabindex='0']").count() == 1
    name = "document.activeElement.querySelector('img')?.alt"
    names = page.locator("main ul a img").evaluate_all("images => images.map((each) => each.alt)")
    across = page.locator("main ul").evaluate("list => getComputedStyle(list).gridTemplateColumns.split(' ').length")
    images.first.focus()
    for key, at in (("ArrowRight", 1), ("ArrowDown", 1 + across), ("ArrowLeft", across), ("ArrowUp", 0), ("End", -1)):
        page.keyboard.press(key)
        assert page.evaluate(name) == names[at], key
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    assert page.evaluate(name) is None, "Tab leaves the list"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(name) == names[0], "and comes back to where it was"
    page.keyboard.press("Enter")
    page.wait_for_url("**image=*")


@pytest.mark.parametrize(
    "address",
    [
        "/runs",
        "/runs/new",
        "/runs/first/results?cell=1-1",
        "/runs/first/training",
        "/runs/second/see?layer=conv1&unit=1",
        "/network?zoo=lenet5&step=conv1",
        "/data?path=digits&image=3",
        MAP,
    ],
)
def test_what_has_the_focus_is_seen(tab: Tab, address: str) -> None:
    """Each stop of Tab has a name and lies in view with a mark around it, and the last leads out of the page."""
    page = tab.page
    tab.go(address)
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_timeout(1500)
    stops = []
    for _ in range(200):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => {
              const at = document.activeElement
              if (!at || at === document.body) return null
              const box = at.getBoundingClientRect()
              const ringed = (element) => {
                const style = getComputedStyle(element)
                return style.outlineStyle !== 'none' || style.boxShadow !== 'none' || style.stroke !== 'none'
              }
              const marked = ringed(at) || ringed(at.parentElement) || [...at.children].some(ringed)
              const name = at.getAttribute('aria-label') || at.innerText || at.textContent || at.labels?.[0]?.innerText
              const seen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
              return { tag: at.outerHTML.slice(0, 120), name: (name || at.title || '').trim(), marked, seen }
            }"""
        )
        if told is None:
            break
        stops.append(told)
    assert 8 < len(stops) < 80, "what is many is one stop"
    assert [each for each in stops if not (each["name"] and each["marked"] and each["seen"])] == []
