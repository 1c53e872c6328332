"""What each page shows: from the variables of its code to its picture."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from neocog.evaluate.figures.canvas import Figure
from understanding_pictures.paint import bars, curves, grids, pictures

Values: TypeAlias = dict[str, Any]
Draw: TypeAlias = Callable[[Values], Figure]


def _convolution(got: Values) -> Figure:
    shown = {"image": got["image"], "filter": got["weights"], "map": got["whole"], "stride 2": got["every_second"]}
    return grids(
        "convolution", "The sum at the first place is 4", "The image, the filter, and the maps that it gives.", shown
    )


def _two_filters(got: Values) -> Figure:
    shown = {"image": got["image"]}
    for at, word in enumerate(("diagonal", "upright")):
        shown |= {word: got["filters"][at], f"map {at + 1}": got["maps"][at], f"pool {at + 1}": got["pooled"][at]}
    title = "Where a pattern stands its map has a 3, and the pool keeps it"
    return grids("two-filters", title, "Two filters, their maps over one image, and the maps pooled.", shown)


def _pooling(got: Values) -> Figure:
    shown = {"numbers": got["numbers"], "largest": got["largest"], "mean": got["mean"]}
    return grids("pooling", "Below, the means are alike and the maxima are not", "Pools of 2 x 2.", shown)


def _hinge(got: Values) -> Figure:
    shown = {
        "scores": got["scores"],
        "max(0, other − true + 1)": got["terms"],
        "loss": np.array(got["losses"])[:, None],
    }
    return grids(
        "hinge-loss", "A loss of 2.9, of 0 and of 12.9", "A row an image; its true class is on the diagonal.", shown, 48
    )


def _softmax(got: Values) -> Figure:
    words = ("score 3.2", "score 5.1", "score −1.7")
    return bars(
        "softmax",
        "Nearly all goes to the highest score",
        "The probabilities that softmax makes of three scores.",
        "probability",
        dict(zip(words, got["chances"].tolist(), strict=True)),
    )


def _confusion(got: Values) -> Figure:
    return grids(
        "confusion",
        "Right in 91 of 100, and eight of nine missed",
        "Rows: has it not, has it. Columns: answered no, answered yes.",
        {"images": got["matrix"]},
        56,
    )


def _penalties(got: Values) -> Figure:
    pairs = {"one weight": got["one"], "shared": got["shared"]}
    shown = {f"{kind}, {who}": pair[at] for at, kind in enumerate(("L2", "L1")) for who, pair in pairs.items()}
    return bars("penalties", "L2 prefers shared weights, L1 does not mind", "Penalties.", "penalty", shown)


def _filters(got: Values) -> Figure:
    shown = {"picture": got["picture"], **dict(zip(got["FILTERS"], got["maps"], strict=True))}
    title = "Four filters of nine numbers, set by hand"
    caption = "Each map from its lowest (black) to its highest (white)."
    return pictures(
        "hand-set-filters", title, caption, {key: image[2:-2:2, 2:-2:2] for key, image in shown.items()}, 200
    )


def _correlation(got: Values) -> Figure:
    shown = {"image": got["image"], "filter": got["weights"], "a network's layer": got["as_it_is"],
             "filter turned first": got["turned"]}  # fmt: skip
    title = "A point gives the filter back, turned by 180 degrees"
    return grids("correlation", title, "Correlation, which networks compute, and convolution.", shown)


def _scanning(got: Values) -> Figure:
    shown = {"image": got["image"][0, 0], "class 1, scanned": got["scanned"][0], "class 1, at once": got["at_once"][0]}
    title = "Patch by patch or at once: the same map"
    return grids("scanning", title, "An image of 8 x 10, and the answers at 6 x 8 places.", shown, 38)


def _small_filters(got: Values) -> Figure:
    shown = dict(zip(("three of 3 x 3", "one of 7 x 7"), map(float, got["weights"]), strict=True))
    title = "The same view for 45 % fewer weights"
    return bars("small-filters", title, "Layers that see 7 x 7 pixels, of 16 channels.", "weights", shown)


def _backpropagation(got: Values) -> Figure:
    shown = {
        "error": got["error"],
        "through the first unit": got["paths"][0],
        "through the second": got["paths"][1],
        "slope of the first layer": got["a1"][0] * (1 - got["a1"][0]),
        "their product: dL/dw": got["by_hand"],
    }
    title = "The error, times what each step passes on"
    return bars("backpropagation", title, "The factors of one weight's gradient.", "value", shown)


def _transposed(got: Values) -> Figure:
    shown = {"slope of the loss": got["slope"], "filter": got["weights"], "gradient by the image": got["gradient"]}
    title = "A gradient of 4 x 4 from a slope of 2 x 2"
    caption = "The same numbers as a transposed convolution gives for the slope."
    return grids("transposed-convolution", title, caption, shown, 44)


def _embedding(got: Values) -> Figure:
    shown = {"one-hot words": got["one_hot"][0], "table": got["table"], "vectors": got["vectors"].T}
    title = "A one-hot word times the table is a row of the table"
    return grids("embedding", title, "Words 3, 1, 5 and 1 of a vocabulary of 6.", shown, 44)


def _crosses(got: Values) -> Figure:
    title = "A line cannot, the product can"
    shown = {"x and y": got["plain"], "x, y and x · y": got["crossed"]}
    return bars(
        "feature-crosses", title, "The share of 400 points that a linear classifier tells right.", "share", shown
    )


def _entropy(got: Values) -> Figure:
    return curves(
        "entropy",
        "Who believes the truth needs the fewest questions",
        "Questions needed, on average, for what happens nine times of ten.",
        ("believed probability", "yes-or-no questions"),
        {"needed": (got["believed"].tolist(), got["questions"])},
    )


def _temperature(got: Values) -> Figure:
    title = "Three days tell more than the last one"
    caption = "The root mean square of the error over a year that was not learned from; no better than 2 is possible."
    return bars("temperature", title, caption, "degrees", got["errors"])


def _optimizers(got: Values) -> Figure:
    shown = {
        f"{name.replace('_', ' ').removeprefix('mini batch ')}: {got['steps'][name]} steps": (
            range(len(places)),
            [abs(place[1]) for place in places],
        )
        for name, places in got["paths"].items()
    }
    title = "Momentum and Adam leave the saddle five times sooner"
    names = "steps", "|y|"
    return curves("optimizers", title, "How far downhill, from 0.001.", names, shown, "log", ((0, 400), (5e-4, 2)))


def _robustness(got: Values) -> Figure:
    ways = got["accuracy"]["dense"]
    shown = {f"{way}: {name}": got["accuracy"][name][way] for way in ways for name in ("filters", "dense")}
    title = "A shift costs the filters nothing, a turn as much as anybody"
    return bars("robustness", title, "Validation accuracy on digits of 8 x 8 pixels.", "accuracy", shown)


def _amount(got: Values) -> Figure:
    return curves(
        "amount-of-data",
        "More images, fewer mistakes",
        "The share of validation images that LeNet-5 gets wrong after 8 epochs.",
        ("training images", "mistakes"),
        {"digits": (got["images"], got["errors"])},
        "log",
    )


def _handmade(got: Values) -> Figure:
    shown = {"the most frequent class": float(got["chance"]), "edges and a linear machine": got["found"].accuracy.value}
    title = "Counted edges go a long way on digits"
    return bars("handmade-features", title, "Accuracy on validation images.", "accuracy", shown)


def _losses(name: str, title: str) -> Draw:
    def draw(got: Values) -> Figure:
        shown = {key: (range(1, len(each) + 1), each) for key, each in got["losses"].items()}
        return curves(name, title, "Training loss by epoch.", ("epoch", "training loss"), shown, "log")

    return draw


PICTURES: dict[str, Draw] = {
    "amount-of-data": _amount,
    "backpropagation": _backpropagation,
    "confusion": _confusion,
    "convolution": _convolution,
    "correlation": _correlation,
    "depth": _losses("depth", "56 plain layers have hardly begun where shortcuts have"),
    "embedding": _embedding,
    "entropy": _entropy,
    "feature-crosses": _crosses,
    "hand-set-filters": _filters,
    "handmade-features": _handmade,
    "hinge-loss": _hinge,
    "optimizers": _optimizers,
    "penalties": _penalties,
    "pooling": _pooling,
    "relu-and-tanh": _losses("relu-and-tanh", "ReLU fits sooner than tanh"),
    "robustness": _robustness,
    "scanning": _scanning,
    "small-filters": _small_filters,
    "softmax": _softmax,
    "temperature": _temperature,
    "transposed-convolution": _transposed,
    "two-filters": _two_filters,
}
