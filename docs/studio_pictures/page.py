"""The page of the docs: each view with its picture, in light or dark as the reader has it."""

import textwrap

from studio_pictures.views import VIEWS, View

HEAD = """# The studio, view by view

`neocog studio` opens a workbench in the browser, on this machine alone. It reads run folders, also those that others
write, while they are written. Every view has an address that can be shared, works by keyboard, and saves what it shows:
PNG, SVG, and the numbers as CSV. These pictures were taken of a studio on two runs on the embedded digits, by
`PYTHONPATH=docs python -m studio_pictures`.
"""


def page(views: tuple[View, ...] = VIEWS) -> str:
    """The page in Markdown."""
    return HEAD + "".join(_part(view) for view in views)


def _part(view: View) -> str:
    light, dark = (f"images/studio/{view.name}-{scheme}.webp" for scheme in ("light", "dark"))
    return (
        f"\n## {view.title}\n\n{_wrapped(view.about)}\n\n<picture>\n"
        f'  <source media="(prefers-color-scheme: dark)" srcset="{dark}">\n'
        f'  <img alt="The view {view.title} of the studio" src="{light}">\n</picture>\n'
    )


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 120))
