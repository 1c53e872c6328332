"""A first look at every row: its content hash, its size, whether it is grey, and why it cannot be read where it cannot.

Each image is decoded once, in threads, and what was seen is remembered in the cache folder under a hash of the
table's content: the next command begins at once. A source that can tell cheaply whether a row has changed (path, size
and time of a file) offers `stamp`; any other is read and hashed again, which is still far less work than decoding.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neocog.core import files
from neocog.core.errors import DataError
from neocog.data import records
from neocog.data.decode import decode
from neocog.data.inputs import length
from neocog.data.kinds import PICTURED
from neocog.data.parallel import Progress, chunked
from neocog.data.pictures import sketch, sound_of
from neocog.data.signature import LENGTH, SIDE, Signatures, signatures, thumbnail
from neocog.data.sound import remarked
from neocog.data.table import Pixels, Raw, Source, Table

_VERSION = "scan 3"

_KEPT = 2**27
"""Bytes of decoded images that a scan keeps for those who look at them next."""


@runtime_checkable
class Stamped(Protocol):
    """A source that knows without reading whether a row is what it was."""

    def stamp(self, row: int) -> str:
        """A text that changes when the row's content does, or "" where that cannot be known without reading."""
        ...


@dataclass(frozen=True)
class Scan:
    """What was seen of each row of a table; an unreadable row has its reason in `problems` and no size."""

    hashes: tuple[str, ...]
    """SHA-256 of the encoded bytes (of shape and values in a set of arrays); "" where nothing could be read."""
    heights: NDArray[np.int32]
    """Pixels, upright; of a sound its samples a second; 1 for what is no picture; 0 where unreadable."""
    widths: NDArray[np.int32]
    """Pixels, upright, or the length of what is no picture, of a sound in samples; 0 where unreadable."""
    grey: NDArray[np.bool_]
    """Whether red, green and blue are equal throughout."""
    problems: tuple[str, ...]
    """Why a row cannot be read, in a few words; "" where it can."""
    signatures: Signatures
    """A row of `signature.LENGTH` numbers each, which nominates near-duplicates."""
    remarks: tuple[str, ...] = ()
    """What is odd about a row that can be read, in a few words, "" for most; of sounds alone."""
    decoded: dict[int, Pixels] = field(default_factory=dict, repr=False, compare=False)
    """The pixels (H W C) of the rows that were just decoded, where the whole set is so small that memory holds it; they
    spare decoding the same file again for duplicates and cache. Whoever needs them no longer clears it."""

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def readable(self) -> NDArray[np.int64]:
        """The rows that can be read."""
        return np.array([row for row, problem in enumerate(self.problems) if not problem], dtype=np.int64)

    @property
    def channels(self) -> int:
        """1 where every readable image is grey, else 3."""
        rows = self.readable
        return 1 if bool(self.grey[rows].all()) else 3


@dataclass
class _Part:
    """What one thread saw of a few rows."""

    hashes: list[str]
    heights: list[int]
    widths: list[int]
    grey: list[bool]
    problems: list[str]
    remarks: list[str]
    signatures: Signatures
    decoded: dict[int, Pixels]


def scan(table: Table, progress: Progress | None = None) -> Scan:
    """Look at every row of a table, or recall what was seen when its content is known."""
    stamps = stamps_of(table.source, len(table))
    name = records.key(_VERSION, table.input_kind, str(len(table)), many=stamps)
    seen = _recalled(name, len(table))
    if seen is not None:
        return seen
    parts = list(chunked(lambda rows: _look(table, rows), len(table), progress))
    seen = Scan(
        hashes=tuple(value for part in parts for value in part.hashes),
        heights=np.array([value for part in parts for value in part.heights], dtype=np.int32),
        widths=np.array([value for part in parts for value in part.widths], dtype=np.int32),
        grey=np.array([value for part in parts for value in part.grey], dtype=np.bool_),
        problems=tuple(value for part in parts for value in part.problems),
        remarks=tuple(value for part in parts for value in part.remarks),
        signatures=np.concatenate([part.signatures for part in parts] or [np.zeros((0, LENGTH), np.float16)]),
        decoded={row: pixels for part in parts for row, pixels in part.decoded.items()},
    )
    if all(seen.hashes):  # a file that could not be opened may open next time
        records.remember(name, _arrays(seen))
    return seen


def content_hash(raw: Raw) -> str:
    """The SHA-256 of an encoded image, or of an array's shape and values.

    >>> content_hash(np.zeros((2, 8), np.uint8)) == content_hash(np.zeros((4, 4), np.uint8))
    False
    """
    if isinstance(raw, bytes):
        return files.content_hash(raw)
    digest = hashlib.sha256(f"array {raw.shape} {raw.dtype.str} ".encode())
    digest.update(np.ascontiguousarray(raw).data)
    return digest.hexdigest()


def stamps_of(source: Source, count: int) -> list[str]:
    """A text for each of a source's rows that changes when its content does."""
    stamp = source.stamp if isinstance(source, Stamped) else None

    def of(row: int) -> str:
        cheap = stamp(row) if stamp is not None else ""
        if cheap:
            return cheap
        try:
            return content_hash(source.read(row))
        except (DataError, OSError):
            return "unreadable"

    return [text for part in chunked(lambda rows: [of(row) for row in rows], count) for text in part]


def _look(table: Table, rows: range) -> _Part:
    part = _Part([], [], [], [], [], [], np.zeros((0, LENGTH), np.float16), {})
    thumbnails = np.zeros((len(rows), SIDE, SIDE), np.uint8)
    means = np.zeros((len(rows), 3))
    for place, row in enumerate(rows):
        digest, height, width, grey, problem, remark = "", 0, 0, False, "", ""
        try:
            raw = table.source.read(row)
            digest = content_hash(raw)
            if table.input_kind == "sound":
                sound = sound_of(raw)
                height, width, grey, remark = sound.rate, len(sound.samples), True, remarked(sound)
                thumbnails[place], means[place] = thumbnail(sketch(sound))
            elif table.input_kind in PICTURED:
                image = decode(raw)
                height, width, grey = image.pixels.shape[0], image.pixels.shape[1], image.grey
                thumbnails[place], means[place] = thumbnail(image.pixels)
                if isinstance(raw, bytes) and image.pixels.nbytes * len(table) <= _KEPT:
                    part.decoded[row] = image.pixels
            else:
                height, width, grey = 1, length(raw, table), True
        except DataError as error:
            problem = str(error)
        except OSError as error:
            problem = f"cannot be opened: {error.strerror or error}"
        part.hashes.append(digest)
        part.heights.append(height)
        part.widths.append(width)
        part.grey.append(grey)
        part.problems.append(problem)
        part.remarks.append(remark)
    part.signatures = signatures(thumbnails, means)
    return part


def _arrays(seen: Scan) -> dict[str, NDArray[np.generic]]:
    return {
        "hashes": np.frombuffer(bytes.fromhex("".join(seen.hashes)), np.uint8).reshape(len(seen), 32),
        "heights": seen.heights,
        "widths": seen.widths,
        "grey": seen.grey,
        "problems": np.frombuffer(json.dumps(seen.problems).encode(), np.uint8),
        "remarks": np.frombuffer(json.dumps(seen.remarks).encode(), np.uint8),
        "signatures": seen.signatures,
    }


def _recalled(name: str, count: int) -> Scan | None:
    stored = records.recall(name)
    if stored is None or stored.get("signatures", np.zeros(0)).shape != (count, LENGTH):
        return None
    try:
        joined = stored["hashes"].tobytes().hex()
        seen = Scan(
            hashes=tuple(joined[start : start + 64] for start in range(0, len(joined), 64)),
            heights=stored["heights"],
            widths=stored["widths"],
            grey=stored["grey"],
            problems=tuple(json.loads(stored["problems"].tobytes())),
            remarks=tuple(json.loads(stored["remarks"].tobytes())),
            signatures=stored["signatures"],
        )
    except (KeyError, ValueError):
        return None
    lengths = {len(field) for field in (seen.hashes, seen.heights, seen.widths, seen.grey, seen.problems, seen.remarks)}
    return seen if lengths <= {count} else None
