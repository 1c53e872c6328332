"""From what a user types to a table: finds out which form of data lies there and reads it; no image is decoded yet.

DATA is a folder of class folders (of images, or of sounds), or of `train/ val/ test/` of class folders; of `images/`
and `masks/`; of games as SGF; a CSV or TSV, or a folder with one at its root; a folder of idx files; an `.npz`; any of
these inside a `.zip` or `.tar(.gz)` (`archive.zip/folder` names a folder inside); or `digits`. One wrapping folder is
entered by itself. A table at the root wins over folders.

Try it: `find("digits").ids[:3]`, `find("photos.zip/2024").notes`.
"""

import os
import re
from dataclasses import replace
from pathlib import Path

from neocog.core.errors import DataError, alike, nearest
from neocog.data.archives import archive_tree, is_archive, member_path, zip_tree
from neocog.data.arrays import digits_table, idx_table, is_idx, npz_table
from neocog.data.boards import games_table, is_games
from neocog.data.columns import input_column
from neocog.data.decode import HEAD, sniff
from neocog.data.folders import folder_table
from neocog.data.kinds import TARGET_KINDS, input_kind
from neocog.data.options import DataOptions
from neocog.data.pairs import are_pairs, pairs_table
from neocog.data.sheet import read_sheet
from neocog.data.table import Table
from neocog.data.tables import SUFFIXES, sheet_table
from neocog.data.targets import is_number
from neocog.data.texts import class_files, line_table
from neocog.data.trees import Tree, folder_tree, listed, printable

FORMS = "a folder, a .zip or .tar(.gz), a CSV or TSV, an .npz, or digits"
"""What DATA may be, for errors."""

_DEFAULTS = DataOptions()


def find(path: str | Path, options: DataOptions = _DEFAULTS) -> Table:
    """The table of the data set at `path`: one row a sample, nothing decoded.

    Raises `DataError` where there is nothing, where it is no data set, or one of a kind that cannot be trained yet.

    >>> table = find("digits")
    >>> len(table), sorted(set(table.labels))[:3], table.ids[1]
    (1797, ['0', '1', '2'], '00001')
    """
    text = str(path)
    try:
        table = _found(text, options)
    except OSError as error:
        raise DataError(
            f"{text} cannot be read ({error.strerror or error}); allow it, or name another place"
        ) from error
    table = _asked(table, text, options.task)
    return replace(
        table,
        outputs=tuple(map(printable, table.outputs)),
        groups=tuple((printable(name), tuple(map(printable, labels))) for name, labels in table.groups),
        name=printable(short_name(text)),
        ids=tuple(map(printable, table.ids)),
        labels=tuple(map(printable, table.labels)),
        notes=tuple(map(printable, table.notes)),
    )


def _asked(table: Table, name: str, task: str) -> Table:
    """The table with its targets taken as `data.task` asks, where its form leaves a choice."""
    if task in ("auto", table.target_kind):
        return table
    if table.target_kind == "class" and (task == "classes" or (task == "number" and all(map(is_number, table.labels)))):
        return replace(table, target_kind=task)
    raise DataError(
        f"data.task={task} asks for {TARGET_KINDS[task]}, {name} holds {TARGET_KINDS[table.target_kind]}; leave "
        "data.task out"
    )


def names_data(text: str) -> bool:
    """Whether a text names a place where `find` would look: a folder, an archive or a part of one, a table, `digits`.

    >>> names_data("digits"), names_data("cat.png")
    (True, False)
    """
    path = Path(text)
    if text == "digits" or path.is_dir():
        return True
    file = next((above for above in (path, *path.parents) if above.is_file()), None)
    return file is not None and (path.name.lower().endswith(SUFFIXES) or is_archive(file))


def _found(text: str, options: DataOptions) -> Table:
    """The table, whatever form the data has."""
    if not text.strip() or "\0" in text:
        raise DataError(f"DATA must be {FORMS}, none was given; begin with digits")
    if text == "digits":
        return _unlabeled(digits_table(), text, options)
    path = Path(text)
    if path.is_dir():
        return _tree_table(folder_tree(path, text), options)
    file = next((above for above in (path, *path.parents) if above.is_file()), None)
    if file is None:
        raise DataError(_nowhere(path))
    if file == path and path.name.lower().endswith(SUFFIXES):
        folder = folder_tree(path.parent, str(path.parent))
        return sheet_table(folder, path.name, options)
    if not is_archive(file):
        raise DataError(f"DATA must be {FORMS}, {file} is {_what(file)}; name the folder that holds the images")
    tree = archive_tree(file, str(file))
    if file != path:
        return _inside(tree, path.relative_to(file).as_posix(), options)
    if tree.files and all(member.endswith(".npy") for member in tree.files):
        return _unlabeled(npz_table(tree, text), text, options)
    return _tree_table(tree, options)


def _tree_table(tree: Tree, options: DataOptions) -> Table:
    """The table of a folder or an archive, entered through its wrapping folders."""
    notes = list(tree.notes)
    while (folder := _wrapping(tree)) is not None:
        tree = tree.enter(folder)
        notes.append(f"The wrapping folder {folder}/ was entered.")
    path, aside = _table_file(tree, options)
    arrays = [file for file in tree.root_files if file.lower().endswith(".npz")]
    if path:
        table = sheet_table(tree, path, options)
    elif any(map(is_idx, tree.root_files)):
        table = _unlabeled(idx_table(tree), tree.name, options)
    elif arrays:
        if len(arrays) > 1:
            raise DataError(
                f"{tree.name} holds several arrays: {listed(arrays)}; name one, as in {tree.name}/{arrays[0]}"
            )
        table = _unlabeled(npz_table(zip_tree(tree.read(arrays[0]), arrays[0]), arrays[0]), tree.name, options)
    elif is_games(tree):
        table = _unlabeled(games_table(tree), tree.name, options)
    elif places := class_files(tree):
        table = _unlabeled(line_table(tree, places, options.encoding), tree.name, options)
    elif options.task in ("auto", "mask") and are_pairs(tree):
        table = _unlabeled(pairs_table(tree), tree.name, options)
    else:
        table = _unlabeled(folder_table(tree, options.encoding), tree.name, options)
    return replace(table, notes=(*notes, *aside, *table.notes))


def _inside(tree: Tree, inner: str, options: DataOptions) -> Table:
    """The table of a folder or file inside an archive, from its root or from its wrapping folder."""
    path = member_path(inner)
    if not path:
        raise DataError(f"{inner!r} leaves the archive {tree.name}; name a folder inside it")
    folders = tree.root_folders
    while path not in tree.files and path not in tree.all_folders:
        wrapping = _wrapping(tree)
        if wrapping is None:
            raise DataError(f"{tree.name} holds no {inner!r}; {nearest(inner, (*tree.all_folders, *folders))}")
        tree = tree.enter(wrapping)
    if path in tree.all_folders:
        return _tree_table(replace(tree.enter(path), name=f"{tree.name}/{inner}"), options)
    above, _, file = path.rpartition("/")
    tree = tree.enter(above) if above else tree
    if file.lower().endswith(SUFFIXES):
        return sheet_table(tree, file, options)
    if file.lower().endswith(".npz"):
        return _unlabeled(npz_table(zip_tree(tree.read(file), file), file), file, options)
    raise DataError(
        f"DATA must be {FORMS}, {inner!r} in {tree.name} is one file; name the folder that holds the images"
    )


def _wrapping(tree: Tree) -> str | None:
    """The only folder at the root, where it wraps a data set instead of being a class."""
    folders = tree.root_folders
    if len(folders) != 1 or _has_form(tree) or any("/" not in path for path in tree.refused):
        return None
    inside = tree.enter(folders[0])
    if any(sniff(part.read(path, HEAD)) for part in (tree, inside) for path in part.root_files):
        return None
    return folders[0] if inside.files and (_has_form(inside) or inside.root_folders) else None


def _has_form(tree: Tree) -> bool:
    """Whether a table or arrays lie at the root."""
    return any(is_idx(path) or path.lower().endswith((*SUFFIXES, ".npz")) for path in tree.root_files)


def _table_file(tree: Tree, options: DataOptions) -> tuple[str, tuple[str, ...]]:
    """The table at the root ("" where there is none), and what was left aside."""
    found = [path for path in tree.root_files if path.lower().endswith(SUFFIXES)]
    named = [path for path in found if path.lower() in ("labels.csv", "labels.tsv")]
    if len(named) == 1 or not found:
        return (named[0] if named else ""), ()
    files = frozenset(tree.files)
    naming = [path for path in found if input_column(read_sheet(tree.read(path), path, options.encoding), files)]
    if len(naming) > 1:
        raise DataError(f"{tree.name} holds several tables: {listed(naming)}; name one, as in {tree.name}/{naming[0]}")
    if naming:
        return naming[0], ()
    if tree.root_folders:
        return "", (f"{listed(found)} names no files and was left aside.",)
    return found[0], ()


def _unlabeled(table: Table, name: str, options: DataOptions) -> Table:
    """A table of a form that has no columns, in which `data.label` means nothing."""
    if options.label:
        raise DataError(
            f"data.label={options.label} names a column of a table, {name} holds no table at its root; "
            "leave data.label out, or add labels.csv"
        )
    return table


def _nowhere(path: Path) -> str:
    """Why nothing lies at a path, with the nearest name in the first folder above it that exists."""
    above = next((folder for folder in path.parents if folder.is_dir()), Path())
    missing = path.relative_to(above).parts[0]
    if path.exists():
        return f"{path} is neither a folder nor a file; DATA must be {FORMS}"
    names = [entry.name for entry in above.iterdir() if not entry.name.startswith(".") and entry.exists()]
    close = alike(missing, [*names, "digits"])
    place = f" in {above}" if above.parts else ""
    return f"there is no {missing!r}{place}; " + (f"did you mean {close[0]!r}?" if close else f"DATA must be {FORMS}")


def _what(file: Path) -> str:
    """What a file that is no data set seems to be."""
    with file.open("rb") as content:
        head = content.read(4096)
    kind = input_kind(head)
    if kind or not head:
        return {"image": "one image", "sound": "one sound"}.get(kind or "", "an empty file")
    return "a text file" if all(byte >= 32 or byte in b"\t\r\n\f" for byte in head) else "a file of an unknown kind"


def short_name(text: str) -> str:
    """The name of a data set, for a run's folder: `neu-surface-defects` of `../data/neu-surface-defects.zip`."""
    path = Path(os.path.realpath(text))
    if path.name.lower() in ("labels.csv", "labels.tsv"):
        path = path.parent
    if text == "digits" or path.is_dir():
        return Path(text).name if text == "digits" else path.name
    return re.sub(r"\.(zip|npz|csv|tsv|tar|tgz|tbz2|txz|tar\.(gz|bz2|xz))$", "", path.name, flags=re.IGNORECASE)
