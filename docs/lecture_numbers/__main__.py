"""Writes `docs/lecture-numbers.md` anew: `PYTHONPATH=docs python -m lecture_numbers`, or `make docs`."""

from pathlib import Path

from lecture_numbers.page import page

PAGE = Path(__file__).resolve().parent.parent / "lecture-numbers.md"


def main() -> None:
    """Compute everything and write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
