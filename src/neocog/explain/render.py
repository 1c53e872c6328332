"""Maps as pictures: each over its image in gray, with its limits, and all of them on one sheet with their verdicts.

Magnitudes are drawn in cividis, which readers of every color vision read alike, signed maps from blue (against) over
the gray of the image to red (for), alike on both sides of zero. What is larger than 99 of 100 places has the color of
that limit, so that one bright pixel does not darken all others; the limits stand under the map. Small images keep hard
pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from neocog.core.tokens import LIGHT
from neocog.data import Pixels
from neocog.data.axes import Axes, ticked
from neocog.explain.checks import ALIKE, Check
from neocog.explain.explained import Explained
from neocog.explain.lettering import cut, wrapped

CAP = 99.0
"""The percentile of magnitudes that has the strongest color."""
CELL = 224
"""About how wide a picture is on the sheet."""
LARGE = 448
"""About how wide a picture is on a page of its own."""

_MARGIN, _GAP, _LINE, _BAR = 32, 24, 19, 8
_TITLE, _TEXT = 22, 13
_AGAINST, _FOR = (31, 111, 235), (192, 54, 44)
_ACROSS = 5
"""Pictures in a row of the sheet."""


@dataclass(frozen=True, eq=False)
class Scene:
    """The image that is explained (uint8 C H W, as the network sees it), and what is said of it."""

    pixels: Pixels
    title: str
    line: str
    axes: Axes | None = None
    """Time and frequency, where the image is that of a sound."""


def limit(heat: NDArray[np.float32]) -> float:
    """The value of the strongest color: the 99th percentile of a map's magnitudes, or the largest where that is 0.

    >>> limit(np.array([[0.0, -4.0]], np.float32)) > 3.9
    True
    """
    magnitudes = np.abs(np.nan_to_num(heat))
    return float(np.percentile(magnitudes, CAP) or magnitudes.max())


def over(heat: NDArray[np.float32], pixels: Pixels, signed: bool) -> Pixels:
    """A map (H W) in color over its image (uint8 C H W) in gray: uint8 H W 3.

    >>> over(np.zeros((2, 2), np.float32), np.full((3, 2, 2), 255, np.uint8), signed=True)[0, 0].tolist()
    [255, 255, 255]
    """
    scaled = np.clip(np.nan_to_num(heat) / (limit(heat) or 1.0), -1, 1)
    return _blended(scaled, pixels.mean(axis=0, dtype=np.float64), signed)


def page(one: Explained, scene: Scene, at: int = 0) -> Image.Image:
    """One method's map of image `at` beside the image itself, with its legend, its check and what it means."""
    side = _side(scene.pixels, LARGE)
    width = 2 * side + _GAP
    font = ImageFont.load_default(_TEXT)
    told = _told(one.check) if one.check else []
    lines = [part for text in told for part in wrapped(text, font, width)]
    top = _MARGIN + 68
    sheet = Image.new("RGB", (width + 2 * _MARGIN, top + side + 52 + len(lines) * _LINE + _MARGIN), LIGHT["ground"])
    pen = ImageDraw.Draw(sheet)
    verdict = f": {one.check.verdict}" if one.check else ""
    pen.text((_MARGIN, _MARGIN), f"{one.method.title}{verdict}", LIGHT["text"], ImageFont.load_default(_TITLE), "lt")
    where = f"; maps of {one.tap}" if one.tap else ""
    line = f"{scene.title}; strong color: {one.method.meaning}{where}"
    pen.text((_MARGIN, _MARGIN + 36), cut(line, font, width), LIGHT["quiet"], font, "lt")
    sheet.paste(_shown(_colored(scene.pixels), side, scene.axes), (_MARGIN, top))
    _map(sheet, pen, one, scene, at, (_MARGIN + side + _GAP, top), side)
    for row, text in enumerate(lines):
        pen.text((_MARGIN, top + side + 52 + row * _LINE), text, LIGHT["quiet"], font)
    return sheet


def contact_sheet(explained: Sequence[Explained], scene: Scene, at: int = 0) -> Image.Image:
    """All maps of image `at`, each with its legend and verdict, under a title that counts what passes."""
    side = _side(scene.pixels, CELL)
    shown = [one for one in explained if one.heat is not None]
    font = ImageFont.load_default(_TEXT)
    rows = -(-(1 + len(shown)) // _ACROSS)
    across = min(_ACROSS, 1 + len(shown))
    height = side + 30 + 3 * _LINE + _GAP
    top = _MARGIN + 100
    width = across * (side + _GAP) - _GAP
    absent = [f"{one.method.title}: {one.problem.partition('; ')[0]}" for one in explained if one.heat is None]
    notes = [part for text in absent for part in wrapped(text, font, width)]
    size = (width + 2 * _MARGIN, top + rows * height + len(notes) * _LINE + _MARGIN)
    sheet = Image.new("RGB", size, LIGHT["ground"])
    pen = ImageDraw.Draw(sheet)
    passed = sum(one.check is not None and one.check.passes for one in shown)
    title = f"{passed} of {len(shown)} explanations pass their checks"
    pen.text((_MARGIN, _MARGIN), title, LIGHT["text"], ImageFont.load_default(_TITLE), "lt")
    pen.text((_MARGIN, _MARGIN + 36), cut(scene.title, font, width), LIGHT["text"], font, "lt")
    pen.text((_MARGIN, _MARGIN + 36 + _LINE), cut(scene.line, font, width), LIGHT["quiet"], font, "lt")
    for number in range(1 + len(shown)):
        row, column = divmod(number, _ACROSS)
        left, upper = _MARGIN + column * (side + _GAP), top + row * height
        if number == 0:
            pen.text((left, upper - _LINE - 3), "the image", LIGHT["text"], font)
            sheet.paste(_shown(_colored(scene.pixels), side, scene.axes), (left, upper))
            continue
        one = shown[number - 1]
        pen.text((left, upper - _LINE - 3), one.method.title, LIGHT["text"], font)
        _map(sheet, pen, one, scene, at, (left, upper), side)
        if one.check:
            color = LIGHT["good"] if one.check.passes else LIGHT["bad"]
            for place, text in enumerate(wrapped(one.check.verdict, font, side)[:2]):
                pen.text((left, upper + side + 32 + place * _LINE), text, color, font)
    for place, text in enumerate(notes):
        pen.text((_MARGIN, top + rows * height + place * _LINE), text, LIGHT["quiet"], font)
    return sheet


def _map(
    sheet: Image.Image,
    pen: ImageDraw.ImageDraw,
    one: Explained,
    scene: Scene,
    at: int,
    corner: tuple[int, int],
    side: int,
) -> None:
    """A map and under it its legend, from one limit to the other."""
    assert one.heat is not None, "there is a map"
    heat = one.heat[at].float().numpy(force=True)
    picture = _shown(over(heat, scene.pixels, one.method.signed), side, scene.axes)
    sheet.paste(picture, corner)
    left, top = corner[0], corner[1] + picture.height + 6
    scale = np.linspace(-1 if one.method.signed else 0, 1, picture.width)[None].repeat(_BAR, 0)
    sheet.paste(Image.fromarray(_blended(scale, np.full(scale.shape, 128.0), one.method.signed)), (left, top))
    font, most = ImageFont.load_default(_TEXT), limit(heat)
    low = f"-{most:.2g}" if one.method.signed else "0"
    pen.text((left, top + _BAR + 2), low, LIGHT["quiet"], font)
    if one.method.signed:
        pen.text((left + picture.width // 2, top + _BAR + 2), "0", LIGHT["quiet"], font, "ma")
    pen.text((left + picture.width, top + _BAR + 2), f"{most:.2g}", LIGHT["quiet"], font, "ra")


def _told(check: Check) -> list[str]:
    """The check in figures."""
    stages = ", ".join(f"{each:.2f}" for each in check.randomization.similarity)
    gains = [each.gain for each in check.random]
    return [
        f"With new weights in the last layer, then further down, to all layers, the map is alike by {stages}: "
        f"{check.randomization.mean:.2f} on average; below {ALIKE:.2f} it depends on what was learned.",
        f"Shown first what the map names first, the area under the score is {check.curve.inserted:.2f}, hidden first "
        f"{check.curve.deleted:.2f}: a gain of {check.curve.gain:+.2f}; {len(gains)} random orders gain "
        f"{min(gains):+.2f} to {max(gains):+.2f}.",
        f"Alike to the image's edges by {check.edges:.2f}.",
    ]


def _blended(scaled: NDArray[np.floating], gray: NDArray[np.floating], signed: bool) -> Pixels:
    """Values from -1 (0 without a sign) to 1 as color over gray of 0 to 255; the stronger the less gray is left."""
    strength = np.abs(scaled)[..., None]
    if signed:
        color = np.where(scaled[..., None] < 0, _AGAINST, _FOR).astype(np.float64)
        cover = 0.9 * strength
    else:
        color = 255 * mpl.colormaps["cividis"](np.asarray(scaled))[..., :3]
        cover = 0.35 + 0.6 * strength
    mixed = (1 - cover) * gray[..., None] + cover * color
    return np.asarray(mixed.round().clip(0, 255), np.uint8)


def _colored(pixels: Pixels) -> Pixels:
    """C H W as H W 3."""
    return np.ascontiguousarray(np.broadcast_to(pixels, (3, *pixels.shape[1:])).transpose(1, 2, 0))


def _side(pixels: Pixels, wished: int) -> int:
    """The longer side of a picture about as large as wished: a whole multiple of the image's where it can be."""
    longest = max(pixels.shape[1:])
    return longest * max(1, round(wished / longest)) if longest <= wished else wished


def _shown(picture: Pixels, side: int, marks: Axes | None) -> Image.Image:
    """A picture enlarged, with time and frequency where it is that of a sound."""
    image = _enlarged(picture, side)
    return image if marks is None else ticked(image, marks)


def _enlarged(picture: Pixels, side: int) -> Image.Image:
    """A picture (H W 3) whose longer side is `side`: hard pixels enlarged, a larger one reduced."""
    image = Image.fromarray(picture)
    longest = max(image.size)
    size = (max(1, image.width * side // longest), max(1, image.height * side // longest))
    return image.resize(size, Image.Resampling.NEAREST if side >= longest else Image.Resampling.BOX)
