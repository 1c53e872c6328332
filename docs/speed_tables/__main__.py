"""Writes `docs/speed.md` anew from what the benches keep: `PYTHONPATH=docs:bench python -m speed_tables`."""

from pathlib import Path

from speed_tables.page import page

PAGE = Path(__file__).resolve().parent.parent / "speed.md"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
