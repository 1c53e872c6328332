"""The look's tokens: the colors of pages, figures and drawings, light and dark, in one place.

A figure is drawn once, with the light colors; on the page each of them becomes its CSS variable, so that the same
drawing follows the reader's light or dark. Colors of classes are Okabe and Ito's eight in their fixed order ("Color
universal design", 2008), safe for readers who see colors differently; black becomes the color of text.
"""

LIGHT = {
    "ground": "#fbfbfa",
    "card": "#ffffff",
    "text": "#1d1f23",
    "quiet": "#6b7078",
    "line": "#e5e6e8",
    "accent": "#1f6feb",
    "good": "#1a7f4b",
    "warn": "#a15c00",
    "bad": "#c0362c",
}

DARK = {
    "ground": "#141518",
    "card": "#1c1e22",
    "text": "#e6e7ea",
    "quiet": "#9aa0a8",
    "line": "#2b2e34",
    "accent": "#6ea8ff",
    "good": "#4cc38a",
    "warn": "#f0b45a",
    "bad": "#ff7b6e",
}

CLASSES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", LIGHT["text"], "#b8a800")
"""Okabe and Ito's eight, the most different first; the yellow is darker, so that it shows on white."""
STROKES = ("solid", "dashed", "dotted", "dashdot")


def class_color(label: int) -> str:
    """The color of a class, the same in every picture of a run.

    >>> class_color(1) == class_color(9)
    True
    """
    return CLASSES[label % len(CLASSES)]


def class_stroke(label: int) -> str:
    """The stroke that tells apart classes which share a color."""
    return STROKES[label // len(CLASSES) % len(STROKES)]


def css_variables(colors: dict[str, str]) -> str:
    """A palette as CSS declarations.

    >>> css_variables({"card": "#ffffff"})
    '--card: #ffffff;'
    """
    return " ".join(f"--{name}: {value};" for name, value in colors.items())
