"""Figures as a reader wants them: percentages, counts, lists and names, the same on the page and in the terminal."""

import unicodedata
from collections.abc import Sequence

from neocog.core.proportion import Proportion
from neocog.evaluate.bootstrap import Interval

_TURNS = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def percent(share: float) -> str:
    """A share in percent, with one decimal; never rounded up to a 100 % or down to a 0 % that it is not.

    >>> percent(0.9777), percent(0.9999), percent(1.0), percent(0.0001)
    ('97.8 %', '99.99 %', '100 %', '0.01 %')
    """
    if share in (0.0, 1.0):
        return f"{share:.0%}".replace("%", " %")
    for digits in range(1, 6):
        text = f"{100 * share:.{digits}f}"
        if float(text) not in (0.0, 100.0):
            return f"{text} %"
    return f"{100 * share:.6g} %"


def interval(share: Proportion | Interval) -> str:
    """The 95 % interval of a share in words.

    >>> interval(Proportion.of(176, 180))
    '94.4 to 99.1 %'
    """
    low, high = percent(share.low).removesuffix(" %"), percent(share.high)
    return f"{low} to {high}"


def span(low: float, high: float, digits: int) -> str:
    """An interval of plain numbers; its ends as they are rounded.

    >>> span(0.1234, 0.2, 2)
    '0.12 to 0.20'
    """
    return f"{low:.{digits}f} to {high:.{digits}f}"


def points(share: float) -> str:
    """A difference of shares in percentage points, with its sign; more digits where two would hide it.

    >>> points(0.0123), points(-0.002), points(0.00004)
    ('+1.2', '−0.2', '+0.004')
    """
    value = 100 * share
    digits = next((digits for digits in range(1, 4) if round(value, digits)), 1)
    return f"{value:+.{digits}f}".replace("-", "\N{MINUS SIGN}") if round(value, digits) else "0.0"


def span_of_time(seconds: float) -> str:
    """A duration in the unit that suits it.

    >>> span_of_time(61.2), span_of_time(600), span_of_time(7200)
    ('61 s', '10.0 min', '2.0 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def number(value: int) -> str:
    """A whole number with commas.

    >>> number(138357544)
    '138,357,544'
    """
    return f"{value:,}"


def count(value: int, noun: str, plural: str = "") -> str:
    """A number with its noun, in the right form.

    >>> count(1, "image"), count(2, "class", "classes")
    ('1 image', '2 classes')
    """
    return f"{number(value)} {noun if value == 1 else plural or noun + 's'}"


def listed(names: Sequence[str], most: int = 5) -> str:
    """A few names in a row, and how many more there are.

    >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], most=1)
    ('a, b and c', 'a and 2 more')
    """
    shown = list(names[:most])
    if len(names) > most:
        return f"{', '.join(shown)} and {number(len(names) - most)} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]])) if shown else ""


def clean(text: str) -> str:
    """A name from outside without control characters or turns of direction, so that no text that holds it can break.

    >>> clean("a" + chr(0) + "b" + chr(0x202E) + "c")
    'a�b�c'
    """
    return "".join(
        "\ufffd" if unicodedata.category(letter) in ("Cc", "Cs", "Cn") or letter in _TURNS else letter
        for letter in text
    )


def short(text: str, most: int) -> str:
    """A name cut in its middle to at most `most` letters.

    >>> short("rolled-in scale", 9)
    'roll…cale'
    """
    text = clean(text)
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[len(text) - tail :]}"
