"""Every form of DATA, inside archives too, on real sets; and what is said where there is none."""

import io
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from neocog.core.errors import DataError
from neocog.data import decode
from neocog.data.find import find, short_name
from neocog.data.options import DataOptions
from neocog.data.scan import scan


def packed(files: dict[str, bytes], path: Path) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return path
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture
def forms(picture: bytes) -> dict[str, dict[str, bytes]]:
    file = io.BytesIO()
    np.savez(file, x=np.zeros((4, 3, 3), np.uint8), y=np.arange(4) % 2)
    return {
        "folders": {f"{label}/{row}.png": picture for label in "ab" for row in range(2)},
        "splits": {f"{split}/{label}/1.png": picture for split in ("train", "test") for label in "ab"},
        "table": {"labels.csv": b"file,label\ni/1.png,a\ni/2.png,b\n", "i/1.png": picture, "i/2.png": picture},
        "npz": {"data.npz": file.getvalue()},
    }


@pytest.mark.parametrize("form", ["folders", "splits", "table", "npz"])
@pytest.mark.parametrize("suffix", [".zip", ".tar", ".tar.gz"])
def test_an_archive_reads_as_the_folder_does(lay, tmp_path: Path, forms, form: str, suffix: str) -> None:
    folder = find(lay(forms[form]))
    for prefix, place in (("", ""), ("wrap/", ""), ("wrap/", "/wrap"), ("x/y/", "/x/y"), ("deep/set/", "/set")):
        path = packed({prefix + name: content for name, content in forms[form].items()}, tmp_path / f"set{suffix}")
        found = find(f"{path}{place}")
        assert (found.ids, found.labels, found.splits) == (folder.ids, folder.labels, folder.splits)
        assert decode(found.source.read(0)).pixels.tolist() == decode(folder.source.read(0)).pixels.tolist()
        assert found.name == (place.rpartition("/")[2] or "set")


def test_a_file_inside_an_archive(tmp_path: Path, forms) -> None:
    path = packed({f"in/{name}": raw for name, raw in {**forms["table"], **forms["npz"]}.items()}, tmp_path / "set.zip")
    assert find(f"{path}/in/labels.csv").ids == ("i/1.png", "i/2.png")
    assert find(f"{path}/data.npz").ids[0] == "00000"
    with pytest.raises(DataError, match=r"DATA must be .*, 'in/i/1\.png' in .*set\.zip is one file; name the folder"):
        find(f"{path}/in/i/1.png")
    with pytest.raises(DataError, match=r"set\.zip holds no 'inn'; did you mean 'in'\?"):
        find(f"{path}/inn")
    with pytest.raises(DataError, match=r"'../x' leaves the archive .*set\.zip; name a folder inside it"):
        find(f"{path}/../x")


def test_an_npz_inside_an_archive_may_not_be_a_bomb(tmp_path: Path, forms, monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    np.savez_compressed(file, x=np.zeros((400, 100, 100), np.uint8), y=np.zeros(400))
    path = packed({"a.npz": file.getvalue()}, tmp_path / "set.zip")
    monkeypatch.setattr("neocog.data.archives.FREE_BYTES", 1_000_000)
    with pytest.raises(DataError, match=r"a\.npz looks like a bomb: .*'x\.npy'"):
        find(path)


def test_nothing_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "photos").mkdir()
    with pytest.raises(DataError, match=r"there is no 'fotos' in .*; did you mean 'photos'\?"):
        find(tmp_path / "fotos" / "train")
    with pytest.raises(
        DataError, match=r"there is no 'xyz' in .*; DATA must be a folder, a \.zip or \.tar\(\.gz\), a CSV or"
    ):
        find(tmp_path / "xyz")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"^there is no 'digit'; did you mean 'digits'\?"):
        find("digit")
    with pytest.raises(DataError, match=r"DATA must be a folder, .*, none was given; begin with digits"):
        find("")
    with pytest.raises(DataError, match=r"cannot be read \(File name too long\); allow it, or name another place"):
        find("x" * 5000)


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"hello\n", "a text file"),
        (b"", "an empty file"),
        (b"\0\1\2", "a file of an unknown kind"),
        (b"OggS", "one sound"),
    ],
)
def test_a_file_that_is_no_data(lay, raw: bytes, what: str) -> None:
    root = lay({"file.txt": raw})
    with pytest.raises(
        DataError, match=rf"DATA must be a folder, .*file\.txt is {what}; name the folder that holds the images"
    ):
        find(root / "file.txt")


def test_one_image_is_no_data(lay, picture: bytes) -> None:
    with pytest.raises(DataError, match="is one image; name the folder"):
        find(lay({"file.png": picture}) / "file.png")


def test_options_that_do_not_fit(lay, picture: bytes) -> None:
    root = lay({"a/1.png": picture, "b/2.png": picture})
    with pytest.raises(
        DataError, match=r"data\.label=x names a column of a table, .*set holds no table at its root; leave"
    ):
        find(root, DataOptions(label="x"))
    with pytest.raises(
        DataError,
        match=r"data\.task=mask asks for a mask a sample, .*set holds one class a sample; leave data\.task out",
    ):
        find(root, DataOptions(task="mask"))
    assert len(find(root, DataOptions(task="class"))) == 2


def test_a_folder_called_digits_is_named_by_its_path(lay, picture: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    root = lay({"digits/a/1.png": picture, "digits/b/2.png": picture})
    monkeypatch.chdir(root)
    assert len(find("digits")) == 1797
    assert len(find("./digits")) == 2


def test_names_that_are_not_utf8(lay, picture: bytes) -> None:
    root = lay({"a/1.png": picture, "b/caf\udce9.png": picture})
    found = find(root)
    assert found.ids == ("a/1.png", "b/caf\\udce9.png")
    assert found.source.read(1) == picture
    assert not any(scan(found).problems)
    wrapped = find(lay({"caf\udce9/in/a/1.png": picture, "caf\udce9/in/b/1.png": picture}) / "caf\udce9")
    assert "".join((wrapped.name, *wrapped.notes)).isprintable()


def test_a_link_in_a_circle_is_an_image_that_cannot_be_read(lay, picture: bytes) -> None:
    root = lay({"a/1.png": picture, "b/1.png": picture})
    (root / "b/2.png").symlink_to("2.png")
    assert scan(find(root)).problems == ("", "", "cannot be read (Too many levels of symbolic links)")
    with pytest.raises(DataError, match=r"there is no '2\.png' in .*; did you mean '1\.png'\?"):
        find(root / "b/2.png")
    assert short_name(str(root / "b/2.png")) == "2.png"


def test_neu(shared: Path) -> None:
    found = find(shared / "neu-surface-defects.zip")
    assert found.name == "neu-surface-defects"
    assert Counter(found.splits) == {"train": 570, "test": 180}
    assert Counter(found.labels).most_common(1)[0][1] == 125
    assert len(set(found.labels)) == 6
    first = decode(found.source.read(0))
    assert first.grey
    assert first.mode == "RGB"
    assert first.pixels.shape == (200, 200, 3)


def test_ants_and_bees(shared: Path) -> None:
    found = find(shared / "ants-bees-photos.zip")
    assert Counter(found.splits) == {"train": 132, "test": 68}
    assert any("val is taken as the sealed test set" in note for note in found.notes)
    assert set(found.columns) == {"form", "width", "height"}
    for row in range(0, 200, 17):
        pixels = decode(found.source.read(row)).pixels
        assert pixels.shape[:2] == (int(found.columns["height"][row]), int(found.columns["width"][row]))


def test_several_labels(shared: Path) -> None:
    archive = shared / "multilabel.zip"
    with pytest.raises(DataError, match=r"holds several data sets, each with its own table \(apparel, pcb\); name one"):
        find(archive)
    clothes, boards = find(archive / "apparel"), find(archive / "pcb")
    assert clothes.target_kind == boards.target_kind == "classes"
    assert dict(clothes.groups) == {"colour": ("black", "blue", "red"), "garment": ("dress", "jeans", "shirt")}
    assert Counter(clothes.labels)["black|jeans"] == sum(1 for path in clothes.ids if "black_jeans" in path)
    assert boards.outputs == ("open", "short", "mousebite", "spur", "copper", "pinhole")
    assert not boards.groups
    found = find(archive / "apparel", DataOptions(label="garment"))
    assert Counter(found.labels) == {"dress": 33, "shirt": 31, "jeans": 29}
    assert Counter(found.splits) == {"train": 75, "test": 18}
    board = find(archive / "pcb", DataOptions(label="open"))
    assert set(np.unique(decode(board.source.read(0)).pixels)) == {0, 255}


def test_sounds_and_sentences(shared: Path) -> None:
    digits = find(shared / "spoken-digits.zip")
    assert (digits.input_kind, len(digits), len(set(digits.labels))) == ("sound", 1000, 10)
    assert set(digits.columns["speaker"]) == {"george", "jackson", "nicolas", "theo"}
    found = find(shared / "sentence-polarity.zip")
    assert (found.input_kind, len(found)) == ("text", 9200)
    assert found.source.read(0).startswith(b"loosely speaking , we're")
