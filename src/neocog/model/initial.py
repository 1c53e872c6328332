"""The weights that a network of the zoo starts from: a file, or `imagenet`, those that others trained and released.

    path = weights_file("imagenet", "squeezenet1_1")         # fetched once, then from the cache folder
    path = weights_file("my-weights.pth", "squeezenet1_1")   # as it is

Nothing is fetched for any other word.
"""

import difflib
from pathlib import Path

from neocog import zoo
from neocog.core.download import Transfer, download
from neocog.core.errors import RecipeError

IMAGENET = "imagenet"
"""What `--init` takes besides a file: the network's released weights."""


def weights_file(init: str, net: str, progress: Transfer | None = None) -> Path:
    """The file of weights that `init` means for a network of the zoo; released ones are fetched where not kept yet.

    Raises `RecipeError` where none are released, `DownloadError` where they cannot be fetched.
    """
    if init != IMAGENET:
        return Path(init)
    weights = released(net)
    return download(weights.url, weights.digest, progress)


def released(net: str) -> zoo.Weights:
    """The weights that are released for a network of the zoo; raises `RecipeError` where there are none.

    >>> released("lenet5")
    Traceback (most recent call last):
    ...
    neocog.core.errors.RecipeError: there are no released weights for the network 'lenet5'; ...
    """
    entry = zoo.get(net) if zoo.known(net) else None
    weights = (zoo.get(entry.body) if entry.body else entry).weights if entry else None
    if weights is None:
        others = [name for name in zoo.names() if zoo.get(name).weights is not None]
        alike = difflib.get_close_matches(net, others, n=3, cutoff=0.0)
        raise RecipeError(
            f"there are no released weights for the network {net!r}; there are for {', '.join(alike)} and "
            f"{len(others) - len(alike)} more, which `neocog show` lists"
        )
    return weights


def credit(init: str, net: str) -> str:
    """Where the weights come from and under which license, in a sentence.

    >>> credit("mine.pth", "lenet5")
    'weights: mine.pth'
    """
    if init != IMAGENET:
        caution = zoo.get(net).caution if zoo.known(net) else ""
        return f"weights: {Path(init).name}" + (f" ({caution})" if caution else "")
    weights = released(net)
    return f"weights: {weights.source}, license {weights.license}"
