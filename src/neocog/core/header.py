"""The header of a model file, read without its tensors and without torch: what the file says of itself.

A safetensors file begins with the length of its header, eight bytes, and the header, which is JSON. Ours says all that
the model is besides its weights under one key of its metadata, as JSON too.
"""

import json
import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neocog.core.errors import ModelFileError

FORMAT = 1
"""The version of the model file, apart from that of a run's files: it travels alone. Another one is refused by name."""
KEY = "neocog"
"""The only key of the safetensors metadata."""
MAX_HEADER = 100_000_000
"""The longest header that a safetensors file may have, in bytes: the format's own limit."""
DAMAGED = "the file is damaged, copy it again or train it anew"


def read_description(path: Path) -> dict[str, Any]:
    """What a model file says of its model; `ModelFileError` where it is unreadable, foreign or of another version."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8).ljust(8, b"\0"))
            header = file.read(length) if length <= MAX_HEADER else b""
    except OSError as error:
        raise ModelFileError(
            f"{path} cannot be read ({error.strerror}); give a model file or a run folder that is trained"
        ) from None
    try:
        text = json.loads(header)["__metadata__"][KEY]
    except (ValueError, KeyError, TypeError, RecursionError):
        text = None
    if not isinstance(text, str):
        raise ModelFileError(
            f"{path} is no model file of neocog; give the model.safetensors that `neocog train` writes"
        )
    try:
        document = description(text)
        check_version(document)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from None
    return document


def description(text: str) -> dict[str, Any]:
    """The metadata's object; a name given twice, a number that is not finite, or endless nesting is damage."""
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:120]
        raise ModelFileError(f"its metadata is not JSON ({reason}); {DAMAGED}") from error
    if not isinstance(document, dict):
        raise ModelFileError(f"its metadata must be a JSON object, got a {type(document).__name__}; {DAMAGED}")
    return document


def check_version(document: Mapping[str, Any]) -> None:
    """Raise `ModelFileError` unless the description is of this version's format."""
    version = document.get("format")
    if not isinstance(version, int) or isinstance(version, bool) or version < FORMAT:
        raise ModelFileError(f"its `format` must be {FORMAT}, got {repr(version)[:40]}; {DAMAGED}")
    if version > FORMAT:
        raise ModelFileError(
            f"it has format {version}, and this version of neocog reads {FORMAT}; update with `pip install -U neocog`"
        )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("a name is given twice")
    return document


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is not a finite number")
    return number
