"""Images and masks: how they are found, what is left out with its reason, and what the values stand for."""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neocog.core.errors import DataError
from neocog.data.find import find
from neocog.data.load import load
from neocog.data.mask import IGNORED
from neocog.data.masked import MaskSet, look, mask_set, prepared_masks, squashed_masks
from neocog.data.options import DataOptions
from neocog.data.preprocessing import Preprocessing
from neocog.data.scan import scan
from neocog.data.table import Table

Lay = Callable[[Mapping[str, bytes | str]], Path]


def image(seed: int, height: int = 12, width: int = 16) -> bytes:
    return png(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def mask(*values: int, height: int = 12, width: int = 16) -> bytes:
    """A mask of stripes of these values."""
    stripes = np.repeat(np.array(values, np.uint8), -(-width // len(values)))[:width]
    return png(np.tile(stripes, (height, 1)))


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def read(table: Table, **options: object) -> MaskSet:
    seen = scan(table)
    return mask_set(table, seen, look(table, seen), DataOptions(**options))  # type: ignore[arg-type]


@pytest.fixture
def pairs(lay: Lay) -> Path:
    files: dict[str, bytes | str] = {}
    for number in range(4):
        files[f"images/{number}.png"] = image(number)
        files[f"masks/{number}.png"] = mask(0, 1, 2)
    return lay(files)


def test_images_and_masks_pair_by_name(pairs: Path) -> None:
    table = find(pairs)
    assert table.target_kind == "mask"
    assert table.ids == tuple(f"images/{number}.png" for number in range(4))
    assert table.labels == tuple(f"masks/{number}.png" for number in range(4))
    found = read(table)
    assert found.names == ("0", "1", "2")
    assert found.legend.values == (0, 1, 2)
    assert not any(found.problems)
    assert found.pixels(np.array([0])).tolist() == [[12 * 6, 12 * 6, 12 * 4]]


def test_splits_lie_around_the_folders_or_in_them(lay: Lay) -> None:
    around: dict[str, bytes | str] = {}
    inside: dict[str, bytes | str] = {}
    for place, side in enumerate(("train", "val", "test")):
        around |= {f"a/{side}/images/1.png": image(place), f"a/{side}/masks/1.png": mask(0, 1)}
        inside |= {f"b/images/{side}/1.png": image(place), f"b/masks/{side}/1_mask.png": mask(0, 1)}
    root = lay({**around, **inside})
    assert sorted(find(root / "a").splits) == ["test", "train", "val"]
    assert sorted(find(root / "b").splits) == ["test", "train", "val"]


def test_an_archive_of_pairs_is_read_through_its_wrapping_folder(pairs: Path, tmp_path: Path) -> None:
    archive = tmp_path / "set.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(pairs.rglob("*.png")):
            file.write(path, f"wrapped/{path.relative_to(pairs)}")
        file.writestr("wrapped/images/alone.png", image(9))
    table = find(archive)
    assert len(table) == 5
    assert [problem for problem in read(table).problems if problem] == ["it has no mask"]


def test_what_cannot_be_used_is_listed_with_its_reason(pairs: Path) -> None:
    (pairs / "masks/0.png").unlink()
    (pairs / "masks/1.png").write_bytes(mask(0, 1, 2, height=6))
    (pairs / "masks/2.png").write_bytes(b"broken")
    (pairs / "masks/9.png").write_bytes(mask(0))
    (pairs / "images/4.png").write_bytes(image(4))
    (pairs / "masks/4.png").write_bytes(mask(255))
    table = find(pairs)
    assert table.notes == ("1 mask without an image left out: masks/9.png.",)
    assert read(table, ignore=255).problems == (
        "it has no mask",
        "its mask is 16 x 6 pixels, it is 16 x 12",
        "its mask: not an image",
        "",
        "every pixel of its mask is ignored",
    )


def test_what_was_seen_of_masks_is_remembered_until_one_changes(pairs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read(find(pairs))
    with monkeypatch.context() as patch:
        patch.setattr("neocog.data.masked.decode_mask", None)
        again = read(find(pairs))
    assert np.array_equal(first.counts, again.counts)
    (pairs / "masks/0.png").write_bytes(mask(0, 3))
    assert read(find(pairs)).names == ("0", "1", "2", "3")


def test_classes_are_named_by_a_file_or_by_their_values(pairs: Path) -> None:
    (pairs / "classes.txt").write_text("ground\nshape\nring\nfourth\n")
    named = read(find(pairs))
    assert named.names == ("ground", "shape", "ring", "fourth")
    assert named.legend.values == (0, 1, 2, 3)
    (pairs / "masks/0.png").write_bytes(mask(0, 9))
    problems = read(find(pairs)).problems
    assert problems[0] == "its mask holds the value 9, which is no class"
    (pairs / "classes.txt").write_text("\n".join(map(str, range(300))))
    with pytest.raises(DataError, match="a mask tells at most 255 classes apart, classes.txt names 300; join some"):
        read(find(pairs))
    (pairs / "classes.txt").write_text("ground\nground\n")
    with pytest.raises(DataError, match="classes.txt must name each class once, one a line; mend the lines"):
        find(pairs)


def test_255_is_ignored_unless_masks_are_black_and_white(pairs: Path) -> None:
    (pairs / "masks/0.png").write_bytes(mask(0, 255))
    found = read(find(pairs))
    assert found.names == ("0", "1", "2")
    assert found.notes[0] == "Pixels of the value 255 are ignored: 12.5% of all."
    for number in range(4):
        (pairs / f"masks/{number}.png").write_bytes(mask(0, 255))
    white = read(find(pairs))
    assert white.names == ("0", "255")
    assert white.notes == ("Of the labelled pixels, 50.0% are 255, 50.0% 0.",)
    assert read(find(pairs), ignore="none").legend.values == (0, 255)
    with pytest.raises(DataError, match=r"masks must hold 2 to 255 classes, these hold 1 \(the values 0\); give each"):
        read(find(pairs), ignore=255)


def test_folders_without_a_pair_are_refused(lay: Lay) -> None:
    root = lay({"images/a.png": image(0), "masks/b.png": mask(0, 1)})
    with pytest.raises(
        DataError, match="must hold a mask of the same name for each image, it holds 1 image and 1 mask"
    ):
        find(root)


def test_two_images_of_one_name_are_refused(lay: Lay) -> None:
    root = lay({"images/a.png": image(0), "images/a.jpg": image(1), "masks/a.png": mask(0, 1)})
    with pytest.raises(DataError, match="have one name, so that no mask is theirs alone; rename one of them"):
        find(root)


def test_arrays_of_masks_lie_in_the_cache_as_classes(pairs: Path) -> None:
    (pairs / "masks/0.png").write_bytes(mask(7, 255))
    table = find(pairs)
    found = read(table)
    seen = scan(table)
    assert found.legend.values == (0, 1, 2, 7)
    rows = np.arange(4)
    preprocessing = Preprocessing(size=(12, 16), channels=3)
    whole = prepared_masks(table, found, rows, preprocessing)
    assert whole.shape == (4, 12, 16)
    assert sorted(np.unique(whole[:1]).tolist()) == [3, IGNORED]
    assert squashed_masks(table, seen, found, rows, 8).shape == (4, 10, 10)
    beyond = prepared_masks(table, found, rows, preprocessing, cache_gb=1e-9)
    assert np.array_equal(beyond[rows], whole[rows])


def test_a_mask_that_changes_while_it_is_in_use_is_told(pairs: Path) -> None:
    table = find(pairs)
    found = read(table)
    (pairs / "masks/1.png").write_bytes(mask(2, 1, 0))
    with pytest.raises(DataError, match="masks/1.png changed while it was in use; bring it back as it was"):
        prepared_masks(table, found, np.array([1]), Preprocessing(size=(12, 16), channels=3))


def test_a_table_of_two_file_columns_pairs_images_with_masks(lay: Lay) -> None:
    rows = ["image,mask,split"]
    files: dict[str, bytes | str] = {"classes.txt": "ground\nring\n"}
    for number, side in enumerate(["train"] * 4 + ["val", "val", "test", "test"]):
        files |= {f"p/{number}.png": image(number), f"p/{number}_classes.png": mask(0, 1)}
        rows.append(f"p/{number}.png,p/{number}_classes.png,{side}")
    rows[-1] = "p/7.png,p/none.png,test"
    table = find(lay({**files, "set.csv": "\n".join(rows)}) / "set.csv")
    assert table.target_kind == "mask"
    assert table.labels[0] == "p/0_classes.png"
    assert "set.csv does not name 1 file, left out: p/7_classes.png." in table.notes
    found = read(table)
    assert found.names == ("ground", "ring")
    assert [problem for problem in found.problems if problem] == ["it has no mask"]


def test_a_table_of_masks_is_as_careful_as_one_of_images(lay: Lay) -> None:
    files = {"1.png": image(0), "2.png": image(1), "m1.png": mask(0, 1), "m2.png": mask(0, 1)}
    root = lay({**files, "a.csv": "image,mask\n1.png,m1.png\n2.png,m2.png\n1.png,../m1.png\n"})
    with pytest.raises(DataError, match=r"'../m1.png' leaves the data folder; write paths relative to the table"):
        find(root / "a.csv")
    (root / "b.csv").write_text("image,mask,more\n1.png,m1.png,m2.png\n2.png,m2.png,m1.png\n")
    with pytest.raises(DataError, match="one column must name the masks; choose it with --set data.label=more"):
        find(root / "b.csv", DataOptions(task="mask"))
    assert find(root / "b.csv", DataOptions(label="mask")).target_kind == "mask"


def test_a_set_of_masks_loads_with_its_classes_and_its_faults(lay: Lay) -> None:
    files: dict[str, bytes | str] = {"classes.txt": "ground\nleft\nright\n"}
    for number in range(40):
        files |= {f"images/{number:02}.png": image(number), f"masks/{number:02}.png": mask(0, 1, 2)}
    del files["masks/07.png"]
    root = lay(files)
    data = load(DataOptions(path=str(root)))
    assert data.task == "mask"
    assert data.classes == ("ground", "left", "right")
    assert [item.reason for item in data.findings.unreadable] == ["it has no mask"]
    assert [len(data.rows(side)) for side in ("train", "val", "test")] == [27, 6, 6]
    assert not data.findings.conflicts
    before = data.fingerprint
    row = int(data.rows("train")[0])
    (root / data.table.labels[row]).write_bytes(mask(2, 1, 0))
    assert load(DataOptions(path=str(root))).fingerprint != before
    for number in range(40):
        (root / f"masks/{number:02}.png").unlink(missing_ok=True)
    (root / "masks/01.png").write_bytes(mask(0, 1, 2))
    with pytest.raises(
        DataError, match=r"39 of 40 images cannot be read, more than 5%, such as images/00.png \(it has"
    ):
        load(DataOptions(path=str(root)))
