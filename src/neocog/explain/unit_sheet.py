"""A sheet of units: in each row a unit's preferred input, the patches that excite it most, and what it speaks for.

Patches are as large as what the unit sees; what lies beyond an image's border is gray. Small ones are enlarged with
hard pixels.

    found = survey(module, ["conv2"], images, preprocessing, network=network, targets=targets, classes=10)["conv2"]
    best = preferred(module, "conv2", [0, 1, 2], preprocessing, network=network)
    unit_sheet(found, best, images, classes).save("conv2.png")
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from neocog.core.tokens import LIGHT
from neocog.data import Images, Pixels
from neocog.explain.fields import cut
from neocog.explain.patches import Patch
from neocog.explain.preferred import Preferred
from neocog.explain.survey import Survey

CELL = 96
"""About how wide a picture is, in pixels."""

_MARGIN, _GAP, _LINE, _WORDS = 32, 8, 18, 200
_TITLE, _TEXT = 22, 13
_TOP = 124


def unit_sheet(survey: Survey, units: Sequence[Preferred], images: Images, classes: Sequence[str] = ()) -> Image.Image:
    """The sheet of some units of a surveyed layer, in the order of their preferred inputs.

    `images` are those that were surveyed, `classes` the names of the classes.
    """
    height, width = survey.patches.field.sides
    factor = CELL / max(height, width)
    factor = max(1, round(factor)) if factor >= 1 else factor
    cell = round(width * factor), round(height * factor)
    across, down = cell[0] + _GAP, max(cell[1] + _LINE, 4 * _LINE) + 2 * _GAP
    count = survey.patches.values.shape[1]
    sheet = Image.new(
        "RGB",
        (2 * _MARGIN + _WORDS + (1 + count) * across + 2 * _GAP, _TOP + len(units) * down + _MARGIN),
        LIGHT["ground"],
    )
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(_TEXT)
    for at, (text, color, size) in enumerate(_heads(survey, len(units))):
        pen.text((_MARGIN, _MARGIN + 36 * bool(at)), text, LIGHT[color], ImageFont.load_default(size), anchor="lt")
    left = _MARGIN + _WORDS
    pen.text((left, _TOP - _LINE - 6), "preferred", LIGHT["text"], font)
    pen.text((left + across + 2 * _GAP, _TOP - _LINE - 6), "highest patches", LIGHT["text"], font)
    for row, one in enumerate(units):
        top = _TOP + row * down
        for line, text in enumerate(_words(survey, one.unit, classes)):
            pen.text((_MARGIN, top + line * _LINE), text, LIGHT["quiet" if line else "text"], font)
        _show(sheet, pen, one.pixels, one.value, (left, top), cell)
        for place, patch in enumerate(survey.patches.of(one.unit)):
            corner = left + 2 * _GAP + (1 + place) * across, top
            _show(sheet, pen, _patch(images, patch), patch.value, corner, cell)
    return sheet


def _heads(survey: Survey, shown: int) -> tuple[tuple[str, str, int], ...]:
    """The finding, and what is shown."""
    told = survey.statistics
    alike = sum(map(len, told.duplicates))
    finding = f"{survey.path}: of {survey.units:,} units {len(told.dead):,} dead, {alike:,} with a double"
    if told.distinctness.shape[1]:
        finding += f", {len(told.selective):,} speak for a class"
    height, width = survey.patches.field.sides
    line = (
        f"{shown} of its units, each with the input that excites it most and the patches of {width} x {height} pixels "
        "at which it is highest; under each its activation"
    )
    return (finding, "text", _TITLE), (line, "quiet", _TEXT)


def _words(survey: Survey, unit: int, classes: Sequence[str]) -> list[str]:
    told = survey.statistics
    lines = [f"unit {unit}", f"{told.lowest[unit]:.3g} to {told.highest[unit]:.3g}"]
    if unit in told.dead:
        return [lines[0], f"dead: always {told.highest[unit]:.3g}"]
    if classes and told.distinctness.shape[1]:
        label, distance = told.classes_of(unit, 1)[0]
        verb = "speaks for" if unit in told.selective else "likes"
        lines += [f"{verb} {classes[label]}", f"{distance:.1f} deviations above the rest"]
    return lines


def _patch(images: Images, patch: Patch) -> Pixels:
    return cut(images[patch.image], patch.box)


def _show(
    sheet: Image.Image, pen: ImageDraw.ImageDraw, pixels: Pixels, value: float, corner: tuple[int, int],
    cell: tuple[int, int],
) -> None:  # fmt: skip
    """A picture (uint8 C H W) within its cell, and under it the activation."""
    picture = Image.fromarray(np.ascontiguousarray(np.broadcast_to(pixels, (3, *pixels.shape[1:])).transpose(1, 2, 0)))
    way = Image.Resampling.NEAREST if cell[0] >= picture.width else Image.Resampling.BOX
    sheet.paste(picture.resize(cell, way), corner)
    pen.text((corner[0], corner[1] + cell[1] + 2), f"{value:.3g}", LIGHT["quiet"], ImageFont.load_default(_TEXT))
