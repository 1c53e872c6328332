"""What a sample is made of and what is asked of it: the input kinds and the target kinds, and which can be trained.

Finding data recognizes all of them, so that a set of sounds or of sentences is called by its name instead of failing
as a set of broken images. A kind becomes trainable when the rooms above learn it.
"""

from neocog.core.errors import DataError
from neocog.data.decode import HEAD, sniff

INPUT_KINDS = {"image": "images", "sound": "sounds", "text": "sentences", "numbers": "rows of numbers"}
"""The input kinds, and what several of them are called."""

NOUNS = {"image": "image", "sound": "sound", "text": "sentence", "numbers": "row"}
"""What one sample of a kind is called."""

TARGET_KINDS = {
    "class": "one class a sample",
    "classes": "several labels a sample",
    "number": "a number a sample",
    "mask": "a mask a sample",
}
"""The target kinds, in words."""

TRAINABLE = {"image", "text", "numbers", "class", "classes", "number", "mask"}
"""The kinds that can be trained."""

PICTURED = {"image"}
"""The input kinds that a network sees as pictures: uint8 C H W."""

_SOUNDS = (b"fLaC", b"OggS", b"ID3", b".snd", b"FORM", b"\xff\xfb")


def input_kind(head: bytes) -> str | None:
    """The input kind that a file's first bytes announce, or None where they announce none.

    >>> input_kind(b"RIFF....WAVEfmt "), input_kind(b"GIF89a"), input_kind(b"hello")
    ('sound', 'image', None)
    """
    if sniff(head[:HEAD]):
        return "image"
    if (head[:4] == b"RIFF" and head[8:12] == b"WAVE") or head.startswith(_SOUNDS):
        return "sound"
    return None


def require_trainable(kind: str, where: str, mend: str) -> None:
    """Raise `DataError` where a kind cannot be trained yet; `where` says what was seen, `mend` what to do."""
    if kind not in TRAINABLE:
        words = INPUT_KINDS.get(kind) or TARGET_KINDS[kind]
        raise DataError(f"{where}: {words} ({kind!r}) cannot be trained yet; {mend}")
