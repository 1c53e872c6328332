"""The views that are photographed: where each is, what is done there first, and what the page of the docs says of it.

A view is added here, and nowhere else.
"""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

RUN, OTHER = "lenet5", "mlp"
"""The runs that are looked at."""


def _nothing(page: Page) -> None:
    """Leave the view as it opens."""


@dataclass(frozen=True)
class View:
    """A view of the studio."""

    name: str
    title: str
    about: str
    """What one sees there, and what it is for."""
    address: str
    ready: str
    """A text that is there once all is drawn."""
    act: Callable[[Page], None] = _nothing
    """What is done before the picture is taken."""


def _point(page: Page) -> None:
    """Point at a number, so that its formula shows."""
    page.get_by_role("button", name="conv2 params").hover()
    page.get_by_text("16 × 6 × 5 × 5 + 16").wait_for()


def _down_to(text: str) -> Callable[[Page], None]:
    """Scroll a text to the middle of the view."""

    def act(page: Page) -> None:
        page.get_by_text(text).first.evaluate("element => element.scrollIntoView({ block: 'center' })")
        page.mouse.move(0, 0)

    return act


def _unnamed(page: Page) -> None:
    """Leave out where this machine keeps the runs."""
    page.locator("p .mono").first.evaluate("element => { element.textContent = 'runs' }")


VIEWS = (
    View(
        "runs",
        "Runs",
        "Every run of a folder, whichever machine trains it: its state, figures with their intervals, and the "
        "curves of those that are ticked, over each other. Two judged runs are compared on the same images, and "
        "the page says whether they really differ.",
        "/runs",
        "names",
        _unnamed,
    ),
    View(
        "new-run",
        "A new run",
        "Data, what is wrong with it, a network and a recipe with sane defaults. The training is a process of its "
        "own: it goes on when the studio is closed, and every machine that sees the folder can watch it.",
        "/runs/new?data=digits",
        "1,797 images of 10 classes",
    ),
    View(
        "results",
        "Results",
        "What a run came to on its sealed test set. A cell of the matrix opens its images, the surest first; an "
        "image opens beside it with its probabilities. Below are the classes with their intervals.",
        f"/runs/{RUN}/results",
        "how sure it was",
    ),
    View(
        "trust",
        "How far to trust it",
        "Further down the same page: whether its confidence can be believed, what silence below a threshold buys, "
        "and how well one class is told from the rest.",
        f"/runs/{RUN}/results",
        "answer when at least",
        _down_to("answer when at least"),
    ),
    View(
        "see",
        "See",
        "What each layer makes of an image, every map with its range, and what the answer rests on: the heat map of a "
        "method, and beside it what its checks say. The image comes from the data, from a file, or from the pen.",
        f"/runs/{RUN}/see?method=grad_cam",
        "Check: ",
    ),
    View(
        "unit",
        "What a unit looks for",
        "A click on a map opens its unit: the map large, the patches of the training images that excite it most, each "
        "with what of it the unit answers to, the input that it would like best, and the classes that it speaks for.",
        f"/runs/{RUN}/see?layer=conv2&unit=3",
        "in deviations above the rest",
    ),
    View(
        "network",
        "Network",
        "A network as text, as a table and drawn. Each keystroke changes the figures, or says at its line what is "
        "wrong, with the sum; a number tells the formula that it comes from.",
        f"/runs/{RUN}/network",
        "61.7 k parameters",
        _point,
    ),
    View(
        "step",
        "One step of a convolution",
        "A blue layer opens here: a patch of a real image, the filter that was trained, their products and the one "
        "number that they come to. Arrow keys move the cell.",
        f"/runs/{RUN}/network?step=conv1&at=9-9",
        "the sum of the products",
    ),
    View(
        "training",
        "Training",
        "A training as it goes on: losses and accuracy, speed, the health of each layer, and what the run says of "
        "itself. It can be stopped and resumed, to the same weights.",
        f"/runs/{RUN}/training",
        "on what was decided",
    ),
    View(
        "data",
        "Data",
        "Every image of a data set, filtered by class, split or problem, what is there twice side by side, and what "
        "the network sees of an image after preparation and augmentation.",
        f"/runs/{RUN}/data",
        "is steered by",
    ),
    View(
        "map",
        "Map",
        "The images laid onto a plane by what a layer makes of them, by t-SNE or principal components, with how many "
        "neighbors such a plane keeps. A lasso lists what lies within; an image shows its nearest.",
        f"/runs/{RUN}/map",
        "ten nearest, ",
    ),
)
"""In the order of the page."""
