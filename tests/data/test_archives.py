"""Archives, honest and hostile, made by the standard library."""

import gzip
import io
import random
import stat
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neocog.core.errors import DataError
from neocog.data import archives
from neocog.data.archives import archive_tree, is_archive, member_path, zip_tree

FILES = {"set/a/1.png": b"one", "set/a/2.png": b"two" * 1000, "set/b/3.png": b"", "set/.DS_Store": b"litter"}


def make_zip(path: Path, files: dict[str, bytes] = FILES) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def make_tar(path: Path, members: list[tarfile.TarInfo] | None = None, mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in FILES.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for member in members or []:
            archive.addfile(member)
    return path


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz", "x.tgz", "x.tar.bz2", "x.tar.xz"])
def test_members_are_read_where_they_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))
    suffix = name.rpartition(".")[2].replace("tgz", "gz")
    path = make_zip(tmp_path / name) if suffix == "zip" else make_tar(tmp_path / name, mode=f"w:{suffix.strip('tar')}")
    assert is_archive(path)
    tree = archive_tree(path, name)
    assert tree.files == ("set/a/1.png", "set/a/2.png", "set/b/3.png")
    for member in tree.files:
        assert tree.read(member) == FILES[member]
    assert tree.read("set/a/2.png", 4) == b"twot"
    assert tree.source.stamp("set/a/1.png") != tree.source.stamp("set/a/2.png")
    assert not list(tmp_path.glob("cache/*"))


def test_an_archive_is_known_by_its_content(tmp_path: Path) -> None:
    assert is_archive(make_zip(tmp_path / "download"))
    assert is_archive(make_tar(tmp_path / "download2", mode="w:gz"))
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty").write_text("")
    assert not is_archive(tmp_path / "notes.txt")
    assert not is_archive(tmp_path / "empty")


@pytest.mark.parametrize("form", ["zip", "tar", "tar.gz"])
def test_many_threads_read_at_once(tmp_path: Path, form: str) -> None:
    contents = {f"{index}": random.Random(index).randbytes(2000) for index in range(200)}
    path = tmp_path / f"x.{form}"
    if form == "zip":
        make_zip(path, contents)
    else:
        with tarfile.open(path, "w:gz" if form == "tar.gz" else "w") as archive:
            for name, content in contents.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    tree = archive_tree(path, "x")
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(tree.read, contents)) == list(contents.values())


@pytest.mark.parametrize("name", ["../evil.png", "a/../../evil.png", "/etc/passwd", "C:/evil.png", "..\\evil.png"])
def test_members_that_leave_the_root_are_refused_by_name(tmp_path: Path, name: str) -> None:
    path = make_zip(tmp_path / "x.zip", {"a/1.png": b"", name: b"evil"})
    with pytest.raises(
        DataError, match=r"x\.zip: the member '.*(evil|passwd).*' leaves the archive; such an archive is re"
    ):
        archive_tree(path, "x.zip")
    path = make_tar(tmp_path / "x.tar", [tarfile.TarInfo(name)])
    with pytest.raises(DataError, match=r"x\.tar: the member '.*(evil|passwd).*' leaves the archive"):
        archive_tree(path, "x.tar")


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (tarfile.SYMTYPE, "link"),
        (tarfile.LNKTYPE, "link"),
        (tarfile.FIFOTYPE, "special file"),
        (tarfile.CHRTYPE, "special file"),
        (tarfile.BLKTYPE, "special file"),
    ],
)
def test_links_and_devices_in_a_tar_are_refused_by_name(tmp_path: Path, kind: bytes, word: str) -> None:
    member = tarfile.TarInfo("set/odd.png")
    member.type = kind
    member.linkname = "/etc/passwd"
    for mode in ("w", "w:gz"):
        path = make_tar(tmp_path / "x.tar", [member], mode)
        with pytest.raises(DataError, match=f"the member 'set/odd.png' is a {word}; such an archive is refused"):
            archive_tree(path, "x.tar")


def test_links_in_a_zip_are_refused_by_name(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("a/link.png")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(DataError, match=r"the member 'a/link\.png' is a link; such an archive is refused"):
        archive_tree(tmp_path / "x.zip", "x.zip")


def test_a_zip_bomb_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_zip(tmp_path / "x.zip", {"a/1.png": b"fine", "a/bomb.png": bytes(10_000_000)})
    assert archive_tree(path, "x.zip").files  # ten blank megabytes are no bomb
    monkeypatch.setattr(archives, "FREE_BYTES", 1_000_000)
    with pytest.raises(
        DataError, match=r"x\.zip looks like a bomb: [\d,]+ bytes hold 10,000,004 or more .*'a/bomb\.png'"
    ):
        archive_tree(path, "x.zip")


def test_a_tar_bomb_is_refused_by_name_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("a/bomb.png")
        info.size = 20_000_000
        archive.addfile(info, io.BytesIO(bytes(info.size)))
    monkeypatch.setattr(archives, "FREE_BYTES", 1_000_000)
    with pytest.raises(DataError, match=r"x\.tar\.gz looks like a bomb: .*hold [4-9],\d+,\d+ or more .*'a/bomb\.png'"):
        archive_tree(tmp_path / "x.tar.gz", "x.tar.gz")


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_FILES", 2)
    for path in (make_zip(tmp_path / "x.zip"), make_tar(tmp_path / "x.tar")):
        with pytest.raises(DataError, match="holds more than 2 members; pack the data set alone"):
            archive_tree(path, path.name)


def test_encrypted_and_strangely_compressed_members_are_named(tmp_path: Path) -> None:
    raw = bytearray(make_zip(tmp_path / "x.zip", {"a/1.png": b"x" * 100}).read_bytes())
    place = raw.index(b"PK\1\2")
    encrypted = bytearray(raw)
    encrypted[place + 8] |= 1
    with pytest.raises(DataError, match=r"the member 'a/1\.png' is encrypted; unpack it and name the folder"):
        zip_tree(bytes(encrypted), "x.zip")
    raw[place + 10] = 9
    with pytest.raises(DataError, match=r"the member 'a/1\.png' has compression method 9, not read here; unpack"):
        zip_tree(bytes(raw), "x.zip")


def test_broken_archives_are_one_clear_error(tmp_path: Path) -> None:
    whole = make_zip(tmp_path / "x.zip").read_bytes()
    (tmp_path / "x.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"x\.zip must be a whole zip archive \(.*\); download or pack it again"):
        archive_tree(tmp_path / "x.zip", "x.zip")
    (tmp_path / "y.zip").write_bytes(b"<html>not found</html>")
    with pytest.raises(
        DataError, match=r"y\.zip must be a zip archive, it begins with b'<htm'; download or pack it again"
    ):
        archive_tree(tmp_path / "y.zip", "y.zip")
    (tmp_path / "z.tar").write_bytes(b"<html>not found</html>")
    with pytest.raises(DataError, match=r"z\.tar must be a whole tar archive \(.*\); download or pack it again"):
        archive_tree(tmp_path / "z.tar", "z.tar")
    packed = make_tar(tmp_path / "t.tar.gz", mode="w:gz").read_bytes()
    (tmp_path / "t.tar.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(DataError, match=r"t\.tar\.gz must be a whole compressed tar \(.*\); download or pack it again"):
        archive_tree(tmp_path / "t.tar.gz", "t.tar.gz")


def test_a_member_that_is_damaged_fails_alone(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "x.zip", {"a.png": random.Random(0).randbytes(500), "b.png": b"fine"})
    raw = bytearray(path.read_bytes())
    raw[100] ^= 255
    path.write_bytes(raw)
    tree = archive_tree(path, "x.zip")
    assert tree.read("b.png") == b"fine"
    with pytest.raises(DataError, match=r"a\.png cannot be read \((Bad CRC|Error|.*zlib).*\); repair it"):
        tree.read("a.png")


def test_a_tar_that_ends_early(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "x.tar")
    tree = archive_tree(path, "x.tar")
    with path.open("r+b") as file:
        file.truncate(2000)
    with pytest.raises(DataError, match=r"set/a/2\.png cannot be read \(the archive ends early\)"):
        tree.read("set/a/2.png")


@given(st.text(alphabet="ab./\\:\0", max_size=12))
def test_no_member_path_leaves_the_root(raw: str) -> None:
    path = member_path(raw)
    if path is not None:
        resolved = (Path("/root") / path).resolve()
        assert resolved == Path("/root") or Path("/root") in resolved.parents


def test_gzip_that_is_no_tar(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "x.gz", "wb") as file:
        file.write(b"hello")
    assert not is_archive(tmp_path / "x.gz")
