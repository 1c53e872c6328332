"""What a sample is made of and what is asked of it: the input kinds and the target kinds, and what they are called."""

from neocog.data.decode import HEAD, sniff

INPUT_KINDS = {
    "image": "images",
    "sound": "sounds",
    "board": "positions on a board",
    "text": "sentences",
    "numbers": "rows of numbers",
}
"""The input kinds, and what several of them are called."""

NOUNS = {"image": "image", "sound": "sound", "board": "position", "text": "sentence", "numbers": "row"}
"""What one sample of a kind is called."""

TARGET_KINDS = {
    "class": "one class a sample",
    "classes": "several labels a sample",
    "number": "a number a sample",
    "mask": "a mask a sample",
}
"""The target kinds, in words."""

PICTURED = {"image", "sound", "board"}
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
