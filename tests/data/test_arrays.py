"""Images that come as arrays: idx, npz, digits."""

import gzip
import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from neocog.core.errors import DataError
from neocog.data.find import find

IMAGES = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)  # N H W
LABELS = np.array([0, 1, 0, 1, 9], np.uint8)


def idx(values: np.ndarray) -> bytes:
    kinds = {"u1": 8, "i4": 0x0C, "f4": 0x0D}
    head = bytes([0, 0, kinds[values.dtype.str[1:]], values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    return head + values.astype(values.dtype.newbyteorder(">")).tobytes()


def npz(**arrays_: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays_)
    return file.getvalue()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dot", ["-", "."])
def test_a_folder_of_idx_files(lay, packed: bool, dot: str) -> None:
    files = {}
    for split, part in (("train", slice(0, 3)), ("t10k", slice(3, 5))):
        files[f"{split}-images{dot}idx3-ubyte"] = idx(IMAGES[part])
        files[f"{split}-labels{dot}idx1-ubyte"] = idx(LABELS[part])
    if packed:
        files = {f"{name}.gz": gzip.compress(raw) for name, raw in files.items()}
    found = find(lay(files))
    assert found.ids == ("train/00000", "train/00001", "train/00002", "test/00000", "test/00001")
    assert found.labels == ("0", "1", "0", "1", "9")
    assert found.splits == ("train",) * 3 + ("test",) * 2
    for row in range(5):
        np.testing.assert_array_equal(found.source.read(row), IMAGES[row])
    with pytest.raises(IndexError):
        found.source.read(5)


def test_one_pair_of_idx_files_has_no_split(lay) -> None:
    found = find(lay({"images-idx3-ubyte": idx(IMAGES), "labels-idx1-ubyte": idx(LABELS.astype(np.int32))}))
    assert found.ids[0] == "00000"
    assert set(found.splits) == {""}


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (
            idx(IMAGES)[:-1],
            idx(LABELS),
            r"train-images-idx3-ubyte is truncated: 75 bytes of 76; copy or download it again",
        ),
        (b"<html>", idx(LABELS), r"must be an idx file, it begins with b'<htm'; download it again"),
        (gzip.compress(idx(IMAGES), mtime=0)[:20], idx(LABELS), r"must be an idx file|truncated|whole gzip file"),
        (b"\x1f\x8bnot gzip", idx(LABELS), r"must be a whole gzip file \(.*\); download it again"),
        (
            idx(IMAGES),
            idx(LABELS[:3]),
            r"train must have a label an image, it has 5 images and 3 labels; make them the same",
        ),
        (
            idx(IMAGES.astype(np.float32)),
            idx(LABELS),
            r"must hold bytes in 3 dimensions, it holds >f4 in 3; write the images",
        ),
        (
            b"\0\0\x08\x03" + b"\xff" * 12,
            idx(LABELS),
            r"announces [\d,]+ bytes, which is not believed; download it again",
        ),
        (
            idx(IMAGES),
            idx(IMAGES),
            r"train-labels-idx1-ubyte must be labels of shape N, .* it is of shape \(5, 4, 3\); reshape",
        ),
        (idx(IMAGES[:0]), idx(LABELS[:0]), r"must hold images, it holds none; fill the arrays"),
    ],
)
def test_broken_idx_files(lay, images: bytes, labels: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        find(lay({"train-images-idx3-ubyte": images, "train-labels-idx1-ubyte": labels}))


def test_a_given_split_without_images_is_refused(lay) -> None:
    files = {"train-images-idx3-ubyte": idx(IMAGES), "train-labels-idx1-ubyte": idx(LABELS)}
    files |= {"t10k-images-idx3-ubyte": idx(IMAGES[:0]), "t10k-labels-idx1-ubyte": idx(LABELS[:0])}
    with pytest.raises(DataError, match=r" test must hold images, it holds none; fill the arrays"):
        find(lay(files))


def test_a_gzip_bomb_is_not_unpacked(lay) -> None:
    bomb = gzip.compress(idx(IMAGES) + bytes(50_000_000))
    found = find(lay({"images-idx3-ubyte.gz": bomb, "labels-idx1-ubyte": idx(LABELS)}))
    assert len(found) == 5


def test_idx_files_that_miss_their_other_half(lay) -> None:
    with pytest.raises(
        DataError, match=r"train-images-idx3-ubyte must have a file of labels beside it; put the labels there"
    ):
        find(lay({"train-images-idx3-ubyte": idx(IMAGES)}))


@pytest.mark.parametrize("wrapped", [False, True])
def test_npz_with_x_and_y(lay, wrapped: bool) -> None:
    root = lay({"letters.npz": npz(x=IMAGES, y=LABELS)})
    found = find(root if wrapped else root / "letters.npz")
    assert found.name == ("set" if wrapped else "letters")
    assert found.labels == ("0", "1", "0", "1", "9")
    np.testing.assert_array_equal(found.source.read(4), IMAGES[4])


@pytest.mark.parametrize(
    "keys", [("x_train", "y_train", "x_test", "y_test"), ("train_images", "train_labels", "test_images", "test_labels")]
)
def test_npz_with_splits(lay, keys: tuple[str, str, str, str]) -> None:
    values = (IMAGES[:3], LABELS[:3, None], IMAGES[3:], LABELS[3:, None])
    found = find(lay({"a.npz": npz(**dict(zip(keys, values, strict=True)))}) / "a.npz")
    assert found.splits == ("train",) * 3 + ("test",) * 2
    assert found.ids[3] == "test/00000"
    assert found.labels == ("0", "1", "0", "1", "9")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (IMAGES / np.float32(255), IMAGES),
        (IMAGES.astype(np.float64), IMAGES),
        (IMAGES.astype(np.int64), IMAGES),
        (IMAGES.astype(np.uint16) * 257 + 1000 * (IMAGES == 59), None),
        (IMAGES > 30, (IMAGES > 30) * np.uint8(255)),
        (np.stack([IMAGES] * 3, axis=-1), np.stack([IMAGES] * 3, axis=-1)),
        (np.stack([IMAGES[:, :, :2]] * 3, axis=1), np.stack([IMAGES[:, :, :2]] * 3, axis=-1)),
    ],
)
def test_npz_of_many_types(lay, values: np.ndarray, expected: np.ndarray | None) -> None:
    found = find(lay({"a.npz": npz(x=values, y=LABELS)}) / "a.npz")
    got = np.stack([found.source.read(row) for row in range(5)])
    assert got.dtype == np.uint8
    np.testing.assert_array_equal(got, np.rint(values / 257) if expected is None else expected)


def test_labels_may_be_texts(lay) -> None:
    for labels in (np.array(["a", "b", "a", "b", "ü"]), np.array([b"a", b"b", b"a", b"b", "ü".encode()])):
        assert find(lay({"a.npz": npz(x=IMAGES, y=labels)}) / "a.npz").labels == ("a", "b", "a", "b", "ü")
    assert find(lay({"a.npz": npz(x=IMAGES, y=LABELS.astype(float))}) / "a.npz").labels[4] == "9"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"z": LABELS}, r"must hold x and y \(or x_train, y_train, x_test, y_test\), it holds z; rename the arrays"),
        (
            {"x": IMAGES[0], "y": LABELS[:4]},
            r"a\.npz, x must be images of shape N H W .*, it is uint8 of shape \(4, 3\); reshape",
        ),
        (
            {"x": IMAGES - 5.0, "y": LABELS},
            r"a\.npz, x must hold numbers from 0 to 1, 255 or 65535, it holds -5 to 54; scale",
        ),
        (
            {"x": np.full((2, 3, 3), np.nan), "y": LABELS[:2]},
            r"must hold numbers from 0 to 1, 255 or 65535, it holds nan to nan",
        ),
        (
            {"x": IMAGES, "y": np.array([0.5, 1, np.inf, 2, 3])},
            r"a\.npz, y must be finite numbers, it holds others \(float64\); take",
        ),
        ({"x": IMAGES, "y": LABELS[:4]}, r"must have a label an image, it has 5 images and 4 labels"),
        (
            {"x": IMAGES, "y": LABELS.astype(object)},
            r"a\.npz, y\.npy holds Python objects, which are never unpickled; save",
        ),
    ],
)
def test_what_is_wrong_with_an_npz_is_said(lay, values: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(DataError, match=message):
        find(lay({"a.npz": npz(**values)}) / "a.npz")


@pytest.mark.parametrize(
    ("answers", "kind", "labels"),
    [
        (np.eye(5)[:, :3], "classes", ("0", "1", "2", "", "")),
        (np.array([[1, 1], [0, 1], [0, 0], [1, 0], [1, 1]]), "classes", ("0|1", "1", "", "0", "0|1")),
        (np.arange(5) / 2, "number", ("0.0", "0.5", "1.0", "1.5", "2.0")),
        (np.arange(10).reshape(5, 2), "number", ("0|1", "2|3", "4|5", "6|7", "8|9")),
        (np.arange(5.0)[:, None], "class", ("0", "1", "2", "3", "4")),
    ],
)
def test_an_npz_of_labels_and_of_numbers(lay, answers: np.ndarray, kind: str, labels: tuple[str, ...]) -> None:
    found = find(lay({"a.npz": npz(x=IMAGES, y=answers)}) / "a.npz")
    assert (found.target_kind, found.labels) == (kind, labels)


def test_an_npz_that_announces_too_much_is_refused_before_it_is_allocated(lay) -> None:
    header = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118)
    header += b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000, 1000, 1000), }".ljust(117) + b"\n"
    file = io.BytesIO(npz(y=LABELS))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("x.npy", header)
    with pytest.raises(
        DataError, match=r"x\.npy is truncated: 128 bytes for the shape \(1000000, 1000, 1000\); save it again"
    ):
        find(lay({"a.npz": file.getvalue()}) / "a.npz")


def test_an_npz_member_that_is_no_array(lay) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.npy", b"hello")
        archive.writestr("y.npy", b"hello")
    with pytest.raises(DataError, match=r"a\.npz, y\.npy must be a numpy array \(.*\); save it again by numpy\.savez"):
        find(lay({"a.npz": file.getvalue()}) / "a.npz")


def test_several_npz(lay) -> None:
    raw = npz(x=IMAGES, y=LABELS)
    with pytest.raises(DataError, match=r"holds several arrays: a\.npz, b\.npz; name one, as in .*/a\.npz"):
        find(lay({"a.npz": raw, "b.npz": raw}))


def test_digits_are_scikit_learns() -> None:
    found, source = find("digits"), load_digits()
    assert found.labels == tuple(map(str, source.target))
    pixels = np.stack([found.source.read(row) for row in range(len(found))])
    np.testing.assert_allclose(pixels / 255 * 16, source.images, atol=0.04)
    assert pixels.max() == 255


def test_mnist(shared: Path) -> None:
    found = find(shared / "mnist")
    assert len(found) == 70_000
    assert found.splits.count("train") == 60_000
    assert found.labels[:5] == ("5", "0", "4", "1", "9")
    first = found.source.read(0)
    assert first.shape == (28, 28)
    assert int(first.sum()) == 27_525  # the sum of the first training image, as everyone's MNIST has it
    assert found.labels[60_000:60_003] == ("7", "2", "1")
