"""Images that somebody handed in, kept as their own bytes under their hash, so that an address of one lasts a while.

They are few and small beside what is prepared: the last `MOST` that were used, of `MOST_BYTES` together.
"""

from pathlib import Path

from neocog.core.files import atomic_write, cache_folder, content_hash, make_folder

MOST = 64
"""How many are kept, those that were used last."""
MOST_BYTES = 200_000_000
"""How many bytes of them are kept; the last one always is."""


def name_of(raw: bytes) -> str:
    """The name of an image: 32 hexadecimal digits of the hash of its bytes.

    >>> name_of(b"")
    'e3b0c44298fc1c149afbf4c8996fb924'
    """
    return content_hash(raw)[:32]


def keep(raw: bytes) -> str:
    """Keep an image, and let go of those that were used longest ago; its name. Raises `StorageError`."""
    name = name_of(raw)
    make_folder(_folder())
    path = _folder() / name
    if path.exists():
        path.touch()
    else:
        atomic_write(path, raw)
    total = 0
    for place, file in enumerate(kept()):
        total += file.stat().st_size
        if place and (place >= MOST or total > MOST_BYTES):
            file.unlink(missing_ok=True)
    return name


def read(name: str) -> bytes | None:
    """The bytes of an image, which is marked as used; None where it is not kept, or no longer."""
    path = _folder() / name
    if path not in kept():
        return None
    path.touch()
    return path.read_bytes()


def kept() -> tuple[Path, ...]:
    """The files of the images that are kept, the last used first."""
    found = (path for path in _folder().glob("*") if len(path.name) == 32 and path.is_file())
    return tuple(sorted(found, key=lambda path: (-path.stat().st_mtime_ns, path.name)))


def forget() -> None:
    """Remove them all."""
    for path in kept():
        path.unlink(missing_ok=True)


def _folder() -> Path:
    return cache_folder() / "handed-in"
