"""Class folders: one folder a class, or `train/ val/ test/` of class folders; the class is the folder, at any depth.

A folder called `train` is a class (trains beside buses) where it holds files itself, and a split where it holds
folders only. Files that are not images stay in as rows that cannot be read, so that the check lists them; files that
lie beside the class folders are left out, and said where they are images.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

from neocog.core.errors import DataError
from neocog.data.decode import HEAD, sniff
from neocog.data.encoding import AUTO
from neocog.data.given import given_splits, role_of
from neocog.data.source import FileSource, kind_of_files
from neocog.data.table import Table
from neocog.data.texts import TextFiles, text_files
from neocog.data.trees import Tree, counted, listed


@dataclass(frozen=True)
class Folders:
    """How a tree's folders read as classes.

    `places` maps each file to its split folder ("" where there are none) and class; `splits` are the split folders as
    written; `loose` are files that lie in no class folder; `empty` are class folders without a file.
    """

    places: dict[str, tuple[str, str]]
    splits: tuple[str, ...]
    loose: tuple[str, ...]
    empty: tuple[str, ...]


def class_folders(tree: Tree) -> Folders:
    """The folders of a tree as classes, or as splits of classes; judges nothing."""
    splits = _split_folders(tree)
    depth = 2 if splits else 1
    places: dict[str, tuple[str, str]] = {}
    loose: list[str] = []
    for path in tree.files:
        parts = path.split("/")
        if len(parts) <= depth:
            loose.append(path)
        else:
            places[path] = (parts[0] if splits else "", parts[depth - 1])
    used = {"/".join(path.split("/")[:depth]) for path in places}
    empty = sorted(path for path in tree.folders if path.count("/") == depth - 1 and path not in used)
    return Folders(places, splits, tuple(loose), tuple(empty))


def folder_table(tree: Tree, encoding: str = AUTO) -> Table:
    """The table of a tree of class folders; `DataError` where there are none. `encoding` is that of text files."""
    if tree.refused:
        first = min(tree.refused)
        more = f" (and {len(tree.refused) - 1} more such)" if len(tree.refused) > 1 else ""
        raise DataError(
            f"{tree.name}: {first} {tree.refused[first]}{more}; put the files themselves into the data folder"
        )
    folders = class_folders(tree)
    images = [path for path in folders.loose if sniff(tree.read(path, HEAD))]
    _require_classes(tree, folders, images)
    notes = []
    if images:
        notes.append(f"{counted(len(images), 'image')} beside the class folders left out: {listed(images)}.")
    if folders.empty:
        notes.append(f"Class folders without a file: {listed(folders.empty)}.")
    roles = {"": ""}
    if folders.splits:
        given = given_splits(folders.splits, tree.name)
        roles, notes = given.roles, [*notes, *given.notes]
    ids = tuple(folders.places)
    texts = text_files(ids)
    if texts:
        if len(texts) < len(ids):
            notes.append(f"{counted(len(ids) - len(texts), 'other file')} beside the texts left out.")
        ids = texts
    return Table(
        name=tree.name,
        source=TextFiles(tree, ids, encoding) if texts else FileSource(tree, ids),
        input_kind="text" if texts else kind_of_files(tree, ids, tree.name),
        ids=ids,
        labels=tuple(folders.places[path][1] for path in ids),
        splits=tuple(roles[folders.places[path][0]] for path in ids),
        notes=tuple(notes),
    )


def _split_folders(tree: Tree) -> tuple[str, ...]:
    """The folders at the root, where they are splits: one is the training set and holds folders only."""
    tops = tree.root_folders
    train = [top for top in tops if role_of(top) == "train"]
    if not train or len(tops) < 2:
        return ()
    inside = tuple(f"{top}/" for top in train)
    deep = [path.count("/") >= 2 for path in tree.files if path.startswith(inside)]
    return tops if deep and all(deep) else ()


def _require_classes(tree: Tree, folders: Folders, images: list[str]) -> None:
    """Raise where there are no class folders, or where a split has none."""
    if not folders.places:
        if images:
            raise DataError(
                f"{tree.name} must hold one folder a class, it holds {counted(len(images), 'image')} and no folders; "
                "sort them into class folders, or add labels.csv with the columns file and label"
            )
        if not tree.files:
            raise DataError(f"{tree.name} holds no files; put one folder of images a class into it")
        raise DataError(
            f"{tree.name} must hold labelled images, it holds {counted(len(tree.files), 'other file')} "
            f"({listed(tree.root_files, 3)}); put one folder of images a class into it, or a table at its root"
        )
    filled = Counter(split for split, _ in folders.places.values())
    for split in folders.splits:
        if not filled[split]:
            raise DataError(
                f"{tree.name}: the split {split} must hold class folders, it holds none; "
                "sort its images into class folders, or take it out"
            )
    tables = _own_tables(tree)
    if tables:
        raise DataError(
            f"{tree.name} holds several data sets, each with its own table ({listed(tables)}); "
            f"name one, as in {tree.name}/{tables[0]}"
        )


def _own_tables(tree: Tree) -> list[str]:
    """Folders that look like data sets of their own: a table and no image lie directly in them."""
    inside: dict[str, list[str]] = defaultdict(list)
    for path in tree.files:
        if path.count("/") == 1:
            inside[path.split("/")[0]].append(path)
    return [
        top
        for top, paths in inside.items()
        if any(path.lower().endswith((".csv", ".tsv")) for path in paths)
        and not any(sniff(tree.read(path, HEAD)) for path in paths)
    ]
