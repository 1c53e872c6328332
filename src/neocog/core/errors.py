"""Everything that a user can mend raises from this tree; the command line turns it into exit status 2.

    NeocogError
    ├── NetworkError       a network that cannot be
    │   ├── ShapeError     a layer that does not fit its input (the message does the sum)
    │   └── TextError      a network's text that cannot be read
    ├── DataError          data that cannot be found, read or split
    │   └── ImageError     one image that cannot be read (listed and left out, not fatal)
    ├── RecipeError        a choice of a run that is unknown or out of range
    ├── RunError           a run folder that is in the way, missing, broken or in use
    │   ├── MissingRunError  a run folder that is not there, or no longer
    │   ├── DivergedError  a loss that is no longer finite
    │   └── PartedError    another process of the run that has ended
    ├── ModelFileError     a model file that is broken, foreign or from another version
    ├── ExtensionError     an installed extension that cannot be used
    ├── DownloadError      a file that cannot be fetched, or is not the one it should be
    └── StorageError       a disk that is full or a place that cannot be written

A message says what it must be, what it got and how to mend it; where a name is unknown, the nearest one.
What is wrong and how to mend it are separated by the first `; `, so that the terminal can set them on two lines.
"""

import difflib
from collections.abc import Iterable


class NeocogError(Exception):
    """The root: anything that the user of the package can mend."""


class NetworkError(NeocogError):
    """A network that cannot be."""


class ShapeError(NetworkError):
    """A layer that does not fit its input; `layer` is that layer, where it is known."""

    layer: object = None


class TextError(NetworkError):
    """A network's text that cannot be read."""


class DataError(NeocogError):
    """Data that cannot be found, read or split."""


class ImageError(DataError):
    """One image that cannot be read; its message is the reason, in a few words."""


class RecipeError(NeocogError):
    """A choice of a run that is unknown or out of range."""


class RunError(NeocogError):
    """A run folder that is in the way, missing, broken or in use."""


class MissingRunError(RunError):
    """A run folder that is not there, or no longer."""


class DivergedError(RunError):
    """A loss that is no longer finite."""


class PartedError(RunError):
    """Another process of the run that has ended; it knows why."""


class ModelFileError(NeocogError):
    """A model file that is broken, foreign or from another version."""


class ExtensionError(NeocogError):
    """An installed extension that cannot be used."""


class DownloadError(NeocogError):
    """A file that cannot be fetched, or is not the one it should be."""


class StorageError(NeocogError):
    """A disk that is full or a place that cannot be written."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The hint for an unknown name: those that are close, whatever their capitals, or else the first few of all.

    >>> nearest("resnet19", ["vgg16", "resnet18"])
    "did you mean 'resnet18'?"
    >>> nearest("VGG", ["vgg16", "resnet18", "vgg19"])
    "did you mean 'vgg16' or 'vgg19'?"
    >>> nearest("zzz", ["vgg16", "resnet18"])
    'known are resnet18, vgg16'
    """
    names = sorted(known)
    folded = {each.casefold(): each for each in reversed(names)}
    if name.casefold() in folded:
        return f"did you mean {folded[name.casefold()]!r}?"
    found = difflib.get_close_matches(name.casefold(), sorted(folded), n=3, cutoff=0.5)
    if found:
        best = difflib.SequenceMatcher(None, found[0], name.casefold()).ratio()
        alike = [each for each in found if best - difflib.SequenceMatcher(None, each, name.casefold()).ratio() < 0.01]
        *others, last = (repr(folded[each]) for each in sorted(alike))
        return f"did you mean {', '.join(others)}{' or ' if others else ''}{last}?"
    listed = ", ".join(names[:12])
    return f"known are {listed}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")
