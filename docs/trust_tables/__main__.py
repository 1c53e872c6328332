"""Writes `docs/trust.md` anew from what is kept: `PYTHONPATH=docs python -m trust_tables`, or `make docs`."""

from pathlib import Path

from trust_tables.page import page

PAGE = Path(__file__).resolve().parent.parent / "trust.md"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
