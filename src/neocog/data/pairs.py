"""Images with a mask each: the folders `images/` and `masks/`, at the root or within `train/ val/ test/`.

An image and its mask have one name, whatever their endings (`images/a/1.jpg`, `masks/a/1.png` or `masks/a/1_mask.png`).
An image whose mask is missing stays a row, so that the check lists it with its reason; a mask without an image is
noted. Splits may also lie inside (`images/train`, `masks/train`). A `classes.txt` beside the folders names the classes,
one a line, the first line for the value 0.
"""

from dataclasses import dataclass, field, replace

from neocog.core.errors import DataError
from neocog.data.given import given_splits, role_of
from neocog.data.source import FileSource, kind_of_files
from neocog.data.table import Table
from neocog.data.trees import Tree, counted, listed

IMAGES = ("images", "image")
"""What the folder of images may be called."""
MASKS = ("masks", "mask")
"""What the folder of masks may be called."""
NAMES = "classes.txt"
"""The file that names the classes."""


@dataclass
class _Pairs:
    """The files of both folders by the name that they share: a split folder, and the path without its ending."""

    images: dict[tuple[str, str], str] = field(default_factory=dict)
    masks: dict[tuple[str, str], str] = field(default_factory=dict)


def are_pairs(tree: Tree) -> bool:
    """Whether a tree holds a folder of images and one of masks, side by side."""
    folders = tree.all_folders
    tops = {""} | {f"{top}/" for top in tree.root_folders if role_of(top)}
    return any(
        any(f"{top}{name}" in folders for name in IMAGES) and any(f"{top}{name}" in folders for name in MASKS)
        for top in tops
    )


def pairs_table(tree: Tree) -> Table:
    """The table of a tree of images and masks; `DataError` where no image has a mask."""
    pairs = _pairs(tree)
    keys = tuple(pairs.images)
    ids = tuple(pairs.images.values())
    if not pairs.images.keys() & pairs.masks.keys():
        raise DataError(
            f"{tree.name} must hold a mask of the same name for each image, it holds {counted(len(ids), 'image')} and "
            f"{counted(len(pairs.masks), 'mask')} and no pair (such as {listed(ids, 1) or 'none'} and "
            f"{listed(list(pairs.masks.values()), 1) or 'none'}); name each mask as its image"
        )
    kind_of_files(tree, ids, tree.name)
    masks = tuple(pairs.masks.get(key, "") for key in keys)
    notes = []
    alone = [path for key, path in pairs.masks.items() if key not in pairs.images]
    if alone:
        notes.append(f"{counted(len(alone), 'mask')} without an image left out: {listed(alone, 3)}.")
    splits = ("",) * len(keys)
    places = [_split(key) for key in keys]
    if all(places):
        given = given_splits(places, tree.name)
        splits, notes = tuple(given.roles[place] for place in places), [*notes, *given.notes]
    return with_masks(
        Table(
            name=tree.name,
            source=FileSource(tree, ids),
            ids=ids,
            labels=masks,
            splits=splits,
            notes=tuple(notes),
        ),
        tree,
    )


def with_masks(table: Table, tree: Tree) -> Table:
    """A table whose labels are the paths of masks in a tree, "" for one that is missing, with what reads them."""
    names = next((path for path in tree.files if path.rpartition("/")[2].lower() == NAMES), None)
    text = tree.read(names).decode("utf-8", "replace") if names else ""
    lines = [line.strip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    if len(set(lines)) < len(lines) or not all(lines):
        raise DataError(f"{names} must name each class once, one a line; mend the lines that are empty or repeated")
    return replace(table, target_kind="mask", masks=FileSource(tree, table.labels), outputs=tuple(lines))


def _pairs(tree: Tree) -> _Pairs:
    found = _Pairs()
    for path in tree.files:
        parts = path.split("/")
        depth = 1 if len(parts) > 2 and role_of(parts[0]) and parts[1].lower() in (*IMAGES, *MASKS) else 0
        if len(parts) < depth + 2:
            continue
        top, rest = "/".join(parts[:depth]), "/".join(parts[depth + 1 :]).rpartition(".")[0]
        folder = parts[depth].lower()
        if folder in IMAGES:
            _put(found.images, (top, rest), path)
        elif folder in MASKS:
            _put(found.masks, (top, rest.removesuffix("_mask")), path)
    return found


def _put(files: dict[tuple[str, str], str], key: tuple[str, str], path: str) -> None:
    if key in files:
        raise DataError(f"{files[key]} and {path} have one name, so that no mask is theirs alone; rename one of them")
    files[key] = path


def _split(key: tuple[str, str]) -> str:
    """The split folder of a pair, beside or below the folders of images and masks; "" where there is none."""
    top, rest = key
    below = rest.partition("/")[0] if "/" in rest else ""
    return top or (below if role_of(below) else "")
