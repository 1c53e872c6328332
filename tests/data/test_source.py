"""Where raw inputs come from: what goes wrong with one file is that row's reason, not the end."""

import tracemalloc
import zipfile

import pytest

from neocog.core.errors import ImageError
from neocog.data import source
from neocog.data.find import find


def test_a_file_that_went_away_is_an_image_error(lay, picture: bytes) -> None:
    root = lay({"a/1.png": picture, "b/2.png": picture})
    found = find(root)
    stamp = found.source.stamp(0)
    (root / "a/1.png").unlink()
    with pytest.raises(ImageError, match=r"^cannot be read \(No such file or directory\)$"):
        found.source.read(0)
    assert stamp
    assert found.source.stamp(0) == ""


def test_a_blank_member_of_an_archive_is_not_unpacked(tmp_path, picture: bytes) -> None:
    """64 MB of zeros, 64 kB packed: 16 bytes of it say that it is no image."""
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/1.png", picture)
        archive.writestr("b/2.png", picture)
        archive.writestr("b/3.png", bytes(2**26))
    found = find(tmp_path / "bomb.zip")
    tracemalloc.start()
    with pytest.raises(ImageError, match=r"^not an image$"):
        found.source.read(2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**22
    assert found.source.read(1) == picture


def test_a_file_that_is_too_large_is_not_read(lay, picture: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    found = find(lay({"a/1.png": picture, "b/2.png": picture}))
    monkeypatch.setattr(source, "MAX_IMAGE_BYTES", 20)
    with pytest.raises(ImageError, match=r"^too large \(over 20 bytes\)$"):
        found.source.read(0)
