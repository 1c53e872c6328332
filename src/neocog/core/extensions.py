"""What other packages add: installed entry points of the group `neocog`, found by name and loaded when first asked for.

A package adds a layer by one line in its `pyproject.toml`, the layer's class by its name:

    [project.entry-points.neocog]
    BlurPool = "blurpool.layers:BlurPool"

No recipe, network or model file can name a module. They name an extension, and what that loads was decided when the
package was installed. So to read a file runs nothing that its sender chose.
"""

import functools
from importlib.metadata import entry_points

from neocog.core.errors import ExtensionError

GROUP = "neocog"


def extensions() -> tuple[str, ...]:
    """The names of all installed extensions, in order; none of them is loaded."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


@functools.cache
def extension(name: str) -> object:
    """What the installed extension of that name offers; loaded once.

    Raises `KeyError` where none has the name, and `ExtensionError` where its package cannot be loaded, or two packages
    offer the name.
    """
    points = {point.value: point for point in entry_points(group=GROUP, name=name)}
    if not points:
        raise KeyError(name)
    packages = sorted(f"{point.dist.name} {point.dist.version}" for point in points.values() if point.dist)
    if len(points) > 1:
        raise ExtensionError(
            f"{name!r} is offered by more than one package, {', '.join(packages)}; uninstall the others"
        )
    (point,) = points.values()
    try:
        return point.load()
    except (
        Exception
    ) as error:  # another's code: whatever it stumbles over is its package's fault, so the package is named
        raise ExtensionError(
            f"{name!r} of {packages[0]} cannot be loaded ({type(error).__name__}: {error}); "
            "install another version of that package"
        ) from error
