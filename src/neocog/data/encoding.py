"""From bytes to text: UTF-8, or the encoding that a byte order mark announces, or the one that its user states.

Nothing else is guessed: bytes beyond ASCII that are no UTF-8 fit dozens of old encodings equally well, and whoever
saved them knows which.
"""

import codecs

from neocog.core.errors import DataError, nearest

AUTO = "auto"
"""UTF-8 with or without a byte order mark, UTF-16 with one."""

_KNOWN = ("utf-8", "utf-16", "latin-1", "cp1252", "cp1251", "iso8859-15", "shift_jis", "euc-jp", "euc-kr", "gb18030")


def decoded(raw: bytes, name: str, encoding: str = AUTO) -> str:
    """The text of a file; `DataError` names the line that is not in the encoding.

    >>> decoded(b"caf\\xe9", "menu.txt", "latin-1")
    'café'
    """
    utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    chosen = ("utf-16" if utf16 else "utf-8-sig") if encoding == AUTO else _checked(encoding)
    try:
        text = raw.decode(chosen)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        called = "UTF-8" if encoding == AUTO and not utf16 else chosen.removesuffix("-sig")
        raise DataError(
            f"{name} line {line} must be {called}, it holds {_bytes(raw, error)}; "
            "save it as UTF-8, or state its encoding, as in --set data.encoding=latin-1"
        ) from error
    if "\0" in text:
        raise DataError(f"{name} must be text, it holds zero bytes; save it as text in UTF-8")
    return text.removeprefix("\ufeff")


def lines_of(raw: bytes, name: str, encoding: str = AUTO) -> list[str | DataError]:
    """The lines of a text file, each by itself: one that is not in the encoding is the error that says so.

    >>> print(lines_of(b"good\\nsch\\xf6n\\n", "a.txt")[1])
    not UTF-8, it holds the byte b'\\xf6'
    """
    if encoding != AUTO or raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return list(decoded(raw, name, encoding).splitlines())
    found: list[str | DataError] = []
    for line in raw.removeprefix(codecs.BOM_UTF8).splitlines():
        try:
            found.append(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            found.append(DataError(f"not UTF-8, it holds {_bytes(line, error)}"))
    return found


def _checked(encoding: str) -> str:
    """The name of a text encoding, in lower case."""
    try:
        b"ab".decode(encoding, "replace")
    except (LookupError, ValueError) as error:
        raise DataError(
            f"data.encoding must be the name of a text encoding, got {encoding!r}; {nearest(encoding, _KNOWN)}"
        ) from error
    return encoding.lower()


def _bytes(raw: bytes, error: UnicodeDecodeError) -> str:
    return f"the byte {raw[error.start : error.start + 1]!r}"
