"""What was measured, kept as JSON beside the code, and its table in Markdown."""

import json
import os
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

NETS = {
    "mobilenet_v1_075": "mobilenetv1_075_imagenet_timmnames.pth",
    "squeezenet1_1": "squeezenet1_1_imagenet_tvnames.pth",
}
"""Networks with released weights, and the files of these."""
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def shared() -> Path:
    """Where the real data and the weights are: `NEOCOG_SHARED`, else `../shared/data`."""
    return Path(os.environ.get("NEOCOG_SHARED", ROOT.parent / "shared" / "data"))


def weights(net: str, folder: Path) -> Path:
    """The released weights of a network, in `folder`."""
    file = folder / NETS[net]
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(shared() / "imagenet-backbones.zip") as archive:
            file.write_bytes(archive.read(f"imagenet-backbones/{NETS[net]}"))
    return file


def read(path: Path) -> list[dict[str, Any]]:
    """The rows that are kept; none where nothing was measured."""
    rows: list[dict[str, Any]] = json.loads(path.read_text())["rows"] if path.exists() else []
    return rows


def write(path: Path, rows: Iterable[Any]) -> None:
    """Keep rows, which are dataclasses."""
    path.write_text(json.dumps({"format": 1, "rows": [asdict(row) for row in rows]}, indent=1) + "\n")


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> str:
    """A table whose first columns are words and whose others are numbers, aligned right."""
    lines = [_line(head), "|" + "---|" * words + "---:|" * (len(head) - words), *map(_line, rows)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    assert not any("|" in cell or "\n" in cell for cell in cells), f"a cell of {cells} breaks the table"
    return f"| {' | '.join(cells)} |"
