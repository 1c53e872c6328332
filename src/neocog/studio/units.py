"""A unit: the training patches that excite it most, what in them does, its preferred input, and its classes.

Only training images are looked through, never the sealed ones; of a large set so many that a look stays a matter of
minutes, spread evenly over it, which the answer says.
"""

import base64
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from neocog.core.errors import DataError, NetworkError
from neocog.data import Encoded, Pixels, Progress, normalize
from neocog.data.pictures import prepared_from
from neocog.explain import Box, Patch, Survey, Target, cut, deconvolution, preferred, saliency, survey
from neocog.model import Keeping
from neocog.studio.errands import Errands
from neocog.studio.pictures import data_table, png
from neocog.studio.runs import Answer
from neocog.studio.seeing import require_layer, require_unit
from neocog.studio.shown import DATA, split_rows
from neocog.studio.subjects import Subject

MOST_SURVEYED = 10_000
"""The most training images that are looked through for a layer."""


class SeenPatch(Answer):
    """A place in a training image at which a unit is high."""

    image: str
    """Its name in an address."""
    file: str
    label: str
    value: float
    box: list[list[int]]
    """Its rows and columns in the prepared image, first and one past the last; beyond the border where it reaches."""
    picture: str
    """What the unit sees there: PNG, base64."""
    back: str
    """What of it the unit answers to: PNG, base64; gray is nothing."""


class ClassResponse(Answer):
    """How a unit responds to the images of a class."""

    label: str
    distinctness: float
    """How far above the rest, in deviations (d')."""
    mean: float


class SeenUnit(Answer):
    """What the training images tell about a unit; before it is known only how far the search is."""

    ready: bool
    done: int
    total: int
    surveyed: int
    """How many training images were looked through."""
    training: int
    """How many there are."""
    way: Literal["deconvolution", "gradient"]
    """How the patches were sent back to the pixels; where no ReLU lies before the unit, by its gradient."""
    patches: list[SeenPatch]
    lowest: float
    highest: float
    active: float
    """The share of images at some place of which it is above 0."""
    dead: bool
    duplicates: list[int]
    """Units that say the same."""
    speaks_for: str
    """The class that it speaks for; "" for none."""
    classes: list[ClassResponse]
    """The classes that it responds to most."""


class PreferredInput(Answer):
    """The picture that excites a unit most, as far as climbing from noise found it."""

    picture: str
    """PNG, base64."""
    value: float
    """The unit's activation there."""
    start: float
    """And for the noise that the climb began with."""
    risen: bool
    box: list[list[int]]


def unit(errands: Errands, subject: Subject, layer: str, number: int) -> SeenUnit:
    """What the training images tell about a unit.

    Raises `NetworkError` for a layer or unit that is not there, `DataError` where the data are not known, or gone.
    """
    require_layer(subject, layer)
    files = _training_files(subject)
    some = files[:: -(-len(files) // MOST_SURVEYED)]
    told = errands.ask(("survey", subject, layer), lambda progress: _survey(subject, layer, some, progress))
    if told.value is None:
        return _waiting(told.done, told.total or len(some), len(some), len(files))
    found = told.value
    require_unit(layer, number, found.units)
    shown = errands.ask(("patches", subject, layer, number), lambda _: _patches(subject, found, number, some)).value
    if shown is None:
        return _waiting(len(some), len(some), len(some), len(files))
    way, patches = shown
    facts = found.statistics
    classes = subject.model.classes
    mates = next((group for group in facts.duplicates if number in group), ())
    speaks = facts.selective.get(number)
    return SeenUnit(
        ready=True,
        done=len(some),
        total=len(some),
        surveyed=len(some),
        training=len(files),
        way=way,
        patches=patches,
        lowest=float(facts.lowest[number]),
        highest=float(facts.highest[number]),
        active=float(facts.active[number]),
        dead=number in facts.dead,
        duplicates=[mate for mate in mates if mate != number],
        speaks_for="" if speaks is None else classes[speaks],
        classes=[
            ClassResponse(label=classes[label], distinctness=distance, mean=float(facts.means[number, label]))
            for label, distance in facts.classes_of(number)
        ],
    )


def preferred_input(errands: Errands, subject: Subject, layer: str, number: int) -> PreferredInput | None:
    """The unit's preferred input; None while it climbs. Raises `NetworkError` for a unit that is not there."""
    require_layer(subject, layer)

    def work(_: object) -> PreferredInput:
        model = subject.model
        (best,) = preferred(subject.apart, layer, [number], model.pictured, network=model.network)
        return PreferredInput(
            picture=_picture(best.pixels),
            value=best.value,
            start=best.start,
            risen=best.risen,
            box=_listed(best.box),
        )

    return errands.ask(("preferred", subject, layer, number), work).value


def _training_files(subject: Subject) -> list[str]:
    if subject.run is None:
        raise DataError("a model file knows no training images; open its run to see which patches excite a unit")
    files = [row.file for row in split_rows(subject.run).values() if row.split == "train"]
    if not files:
        raise DataError(f"the run {subject.name} has no training image; it did not get that far")
    return files


def _survey(subject: Subject, layer: str, files: list[str], progress: Progress) -> Survey:
    assert subject.run is not None, "a survey is of a run's data"
    rows = split_rows(subject.run)
    model = subject.model
    index = {name: place for place, name in enumerate(model.classes)}
    keeping = Keeping(name=subject.name, hashes=[rows[file].hash for file in files], progress=progress)
    return survey(
        subject.apart,
        [layer],
        _images(subject, files),
        model.pictured,
        network=model.network,
        targets=np.array([index[rows[file].label] for file in files]),
        classes=len(model.classes),
        keeping=keeping,
    )[layer]


def _images(subject: Subject, files: list[str]) -> Encoded:
    """Some images of a run's data as the network gets them, decoded when they are asked for."""
    assert subject.run is not None, "they are a run's"
    preprocessing = subject.model.pictured
    table, places = data_table(subject.run)
    gone = next((file for file in files if file not in places), None)
    if gone is not None:
        raise DataError(f"{gone} is no longer in {table.name}; bring it back, where the run found it")

    def image(place: int) -> Pixels:
        return prepared_from(table.source.read(places[files[place]]), preprocessing)

    return Encoded((len(files), preprocessing.channels, *preprocessing.size), image)


def _patches(
    subject: Subject, found: Survey, number: int, files: list[str]
) -> tuple[Literal["deconvolution", "gradient"], list[SeenPatch]]:
    """The highest patches of a unit, each with what of it comes back."""
    assert subject.run is not None, "patches are of a run's data"
    patches = found.patches.of(number)
    if not patches:
        return "deconvolution", []
    pixels = np.stack([_images(subject, [files[patch.image]])[0] for patch in patches])
    batch = normalize(torch.from_numpy(pixels), subject.model.pictured)
    target = Target(number, tap=found.path)  # where it is strongest, which is the patch's own place
    way: Literal["deconvolution", "gradient"] = "deconvolution"
    try:
        back = deconvolution(subject.apart, batch, target)
    except NetworkError:  # no ReLU before it that could rectify what comes back
        way, back = "gradient", saliency(subject.apart, batch, target)
    rows = split_rows(subject.run)
    names = [files[patch.image] for patch in patches]
    return way, [
        _patch(patch, name, rows[name].label, image, sent)
        for patch, name, image, sent in zip(patches, names, pixels, back.detach().numpy(), strict=True)
    ]


def _patch(patch: Patch, file: str, label: str, image: Pixels, sent: NDArray[np.float32]) -> SeenPatch:
    largest = float(np.abs(sent).max()) or 1.0
    gray = np.rint(128 + 127 * sent / largest).astype(np.uint8)
    return SeenPatch(
        image=DATA + file,
        file=file,
        label=label,
        value=patch.value,
        box=_listed(patch.box),
        picture=_picture(cut(image, patch.box)),
        back=_picture(cut(gray, patch.box)),
    )


def _picture(pixels: Pixels) -> str:
    """Pixels (uint8 C H W) as PNG, base64."""
    return base64.b64encode(png(np.ascontiguousarray(pixels.transpose(1, 2, 0)))).decode()


def _listed(box: Box) -> list[list[int]]:
    return [list(side) for side in box]


def _waiting(done: int, total: int, surveyed: int, training: int) -> SeenUnit:
    return SeenUnit(
        ready=False,
        done=done,
        total=total,
        surveyed=surveyed,
        training=training,
        way="deconvolution",
        patches=[],
        lowest=0.0,
        highest=0.0,
        active=0.0,
        dead=False,
        duplicates=[],
        speaks_for="",
        classes=[],
    )
