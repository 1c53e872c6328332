"""The choices about data that a recipe makes; `recipe.toml` holds them under `[data]`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt

Auto = Literal["auto"]


@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """Where the labelled samples are and how they become tensors."""

    path: str = ""
    """A folder, a file, an archive (`archive.zip/folder` names a folder inside) or `digits`."""
    label: str = ""
    """The target column of a table (several with commas); empty: the one named label, class or target."""
    task: Literal["auto", "class", "classes", "number", "mask"] = "auto"
    """The kind of target; `auto` reads it off the labels."""
    ignore: Annotated[int, Ge(0), Le(255)] | Literal["auto", "none"] = "auto"
    """The value of a mask that counts for nothing; `auto` is 255, unless 0 and 255 are all that masks hold."""
    split_seed: int = 0
    """Draws the split where none is given; apart from `seed`, so that runs that differ in seed share their test set."""
    validation: Annotated[float, Gt(0), Lt(0.5)] = 0.15
    """The share of samples held out for validation (and for the test set, where no split is given)."""
    folds: Annotated[int, Ge(0), Le(50)] = 0
    """Cross-validation: training and validation images are divided anew into so many parts, of which one validates; 0:
    they stay as they are."""
    fold: Annotated[int, Ge(1), Le(50)] = 1
    """The part that validates, where there are `folds`."""
    share: Annotated[float, Gt(0), Le(1)] = 1.0
    """The share of each class's training images that is used: less shows what more data would bring."""
    share_seed: int = 0
    """Draws which ones; a smaller share is part of a larger one."""
    encoding: str = "auto"
    """The encoding of tables and texts, such as `latin-1`; `auto` is UTF-8, or UTF-16 with its byte order mark."""
    min_count: Annotated[int, Ge(1)] = 1
    """The training sentences' uses of a word from which it has a number of its own; others count as unknown."""
    length: Annotated[int, Ge(5), Le(4096)] | Auto = "auto"
    """The words of a sentence that the network reads; `auto` holds 99 % of the training sentences whole."""
    size: Annotated[int, Ge(4), Le(4096)] | Auto = "auto"
    """The side of the network's input, in pixels; `auto` follows the network, or the images if that is `auto` too."""
    border: Annotated[int, Ge(0), Le(512)] | Auto = "auto"
    """Black pixels on each side, within `size`; `auto` is what the network's paper has (LeNet-5: 2), else 0."""
    channels: Literal[1, 3] | Auto = "auto"
    """1 where every image is grey (R = G = B too), else 3."""
    sample_rate: Annotated[int, Ge(0), Le(96_000)] = 0
    """Of sounds: samples a second that all are brought to; 0: the usual one, from 8,000 to 16,000."""
    hop: Annotated[float, Ge(0), Le(1)] = 0.0
    """Of sounds: seconds from one column of the spectrogram to the next; 0: 0.01, more where sounds are long."""
    window: Annotated[float, Ge(0), Le(2)] = 0.0
    """Of sounds: seconds that each column looks at; 0: 0.025, or two hops."""
    seconds: Annotated[float, Ge(0), Le(600)] = 0.0
    """Of sounds: the length that they are cut or padded to; 0: what covers 95 % of the training sounds."""
    bands: Annotated[int, Ge(0), Le(512)] = 0
    """Of sounds: bands of frequencies, even on the mel scale; 0: 40, or what the network reads."""
    coefficients: Annotated[int, Ge(0), Le(128)] = 0
    """Of sounds: cepstral coefficients in place of the bands; 0: none, or what the network's paper has."""
    resize: Literal["crop", "pad", "stretch"] = "crop"
    """How an image that is not square becomes so: the center crop, black bars, or squeezed."""
    normalize: Literal["set", "none", "image", "pca", "zca"] = "set"
    """Mean 0 and deviation 1 over the training `set`, by channel, or within each `image`; `zca` and `pca` whiten small
    images besides, and `pca` leaves components in place of pixels, for networks of dense layers; `none` leaves values
    from 0 to 1."""
    max_unreadable: Annotated[float, Ge(0), Le(1)] = 0.05
    """The share of unreadable images above which training refuses."""
    cache_gb: Annotated[float, Gt(0)] = 20.0
    """The room that prepared images may take on disk, in gigabytes; the least recently used go first, and what exceeds
    it is decoded anew for every epoch."""
