"""Masks as `neocog predict` gives them: a PNG an image, and the share of each class in it.

The PNG is as large as its image, holds the number of the class in each pixel (in the order that `--csv` names them)
and shows it in the colors of the report.
"""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from neocog.core.errors import ImageError, StorageError
from neocog.core.files import atomic_write, make_folder
from neocog.data import Mask, decode
from neocog.model import KindAnswer, Model, palette, pixel_classes, shares

_DIGITS = 6
_TOLD = 0.0005


def check_folder(out: str) -> None:
    """Refuse a folder for masks that holds anything: nothing is overwritten."""
    path = Path(out)
    if out and path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise StorageError(f"--out must name a new folder, {out} is there already; choose another one")


def mask_answers(
    model: Model, files: Sequence[Path], out: str, problems: list[tuple[str, str]]
) -> Iterator[tuple[str, KindAnswer]]:
    """The answer to each image as it comes, its mask written into the folder `out`, where that is named.

    What cannot be read is added to `problems`.
    """
    module = model.module()
    if out:
        make_folder(Path(out))
    taken: set[str] = set()
    for file in files:
        try:
            image = decode(file.read_bytes()).pixels
        except ImageError as error:
            problems.append((str(file), str(error)))
            continue
        except OSError as error:
            problems.append((str(file), f"cannot be opened ({error.strerror or error})"))
            continue
        mask = pixel_classes(model, module, image)
        written = ""
        if out:
            name, count = file.stem, 1
            while name in taken:
                name, count = f"{file.stem}-{count + 1}", count + 1
            taken.add(name)
            written = str(Path(out) / f"{name}.png")
            atomic_write(Path(written), encoded(mask))
        yield str(file), _answer(model, mask, written)


def encoded(mask: Mask) -> bytes:
    """A mask as a PNG with a palette."""
    image = Image.fromarray(np.ascontiguousarray(mask))
    image.putpalette(palette())
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _answer(model: Model, mask: Mask, written: str) -> KindAnswer:
    found = shares(mask, len(model.classes))
    ranked = sorted(zip(model.classes, found, strict=True), key=lambda pair: -pair[1])
    record = {"mask": written} if written else {}
    return KindAnswer(
        text=", ".join(f"{name} {share:.1%}" for name, share in ranked if share > _TOLD),
        cells=tuple(f"{share:.{_DIGITS}f}" for share in found),
        record={**record, "shares": {name: round(share, _DIGITS) for name, share in ranked}},
        familiar=True,
    )
