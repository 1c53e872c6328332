"""Runs every page of `docs/understanding` and draws its picture: `PYTHONPATH=docs python -m understanding_pictures`."""

import sys

from understanding_pictures.pages import IMAGES, names, values
from understanding_pictures.pictures import PICTURES


def main() -> None:
    """Draw all pictures, or those of the pages that are named."""
    for name in sys.argv[1:] or names():
        drawn = PICTURES[name](values(name))
        (IMAGES / f"{name}.svg").write_text(drawn.svg, encoding="utf-8")


if __name__ == "__main__":
    main()
