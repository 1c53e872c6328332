"""The pages of `docs/understanding`, and what their code comes to."""

import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "understanding"
IMAGES = Path(__file__).resolve().parent.parent / "images" / "understanding"

_CODE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def names() -> list[str]:
    """All pages but the list of them."""
    return sorted(path.stem for path in FOLDER.glob("*.md") if path.stem != "index")


def values(name: str) -> dict[str, Any]:
    """What the variables of a page's code are in the end; raises what the code raises."""
    path = FOLDER / f"{name}.md"
    (code,) = _CODE.findall(path.read_text(encoding="utf-8"))
    found: dict[str, Any] = {"__name__": name}
    exec(compile(code, str(path), "exec"), found)
    return found
