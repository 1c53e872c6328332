"""Writes `docs/explanation-checks.md` anew from what was measured: `python -m explanation_checks`, or `make docs`."""

from pathlib import Path

from explanation_checks.page import page

PAGE = Path(__file__).resolve().parent.parent / "explanation-checks.md"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
