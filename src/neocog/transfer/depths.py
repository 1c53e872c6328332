"""The depths at which a network is probed: a few layers from first to last, each the end of a part.

>>> from neocog import zoo
>>> from neocog.build import build
>>> depths(build(zoo.network("mobilenet_v1_075"), device="meta"), most=5)
('separable2', 'separable5', 'separable7', 'separable10', 'separable13')
"""

from torch import fx

from neocog.build import cuts
from neocog.core.errors import NetworkError
from neocog.train.regularize import ACTIVATIONS

MOST = 6
"""Layers that are probed: enough to see where the classes come apart, few enough to read."""


def depths(module: fx.GraphModule, most: int = MOST) -> tuple[str, ...]:
    """Paths of a built network's outermost composites and activations, evenly from first to last.

    Those from the last layer with weights on are none. Raises `NetworkError` where there is no other.
    """
    last = [path for path, part in module.named_modules() if any(True for _ in part.parameters(recurse=False))][-1]
    outer = [path for path in cuts(module) if "." not in path]
    head = last.partition(".")[0]
    before = outer[: outer.index(head)] if head in outer else outer
    ends = [path for path in before if _is_end(module, path)]
    if not ends:
        raise NetworkError(
            f"{type(module).__name__} has no layer before its last one to take codes from; take a deeper network"
        )
    if len(ends) <= most:
        return tuple(ends)
    return tuple(ends[round((place + 1) * len(ends) / most) - 1] for place in range(most))


def _is_end(module: fx.GraphModule, path: str) -> bool:
    part = module.get_submodule(path)
    return isinstance(part, ACTIVATIONS) or any(True for _ in part.children())
