"""The flags by which MODEL may be a network of the zoo with weights from elsewhere: `--init FILE`, `--classes FILE`."""

from typing import Annotated

import typer

Init = Annotated[str, typer.Option(metavar="FILE", help="Weights for a network of the zoo: a file, or `imagenet`.")]
Classes = Annotated[
    str, typer.Option(metavar="FILE", help="Its classes: JSON, or one name a line; else they are numbered.")
]
