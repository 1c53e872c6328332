"""A network as a drawing: one SVG, light and dark, without a script, that a page, a slide or a printer takes.

What a network is decides how it is drawn: a chain of maps as volumes to scale, a chain of vectors as columns of units,
anything that branches, or is too long for that, as a flow of boxes. Try it: `neocog show alexnet --svg alexnet.svg`.
"""

from neocog.network.cost import cost
from neocog.network.drawing.flow import flow
from neocog.network.drawing.plan import Row, boxes, is_chain, planned
from neocog.network.drawing.sheet import Drawn, page
from neocog.network.drawing.units import NOTE as UNITS
from neocog.network.drawing.units import units
from neocog.network.drawing.volumes import NOTE as VOLUMES
from neocog.network.drawing.volumes import volumes
from neocog.network.drawing.words import input_text
from neocog.network.graph import NOTEBOOK, Network


def svg(network: Network) -> str:
    """The drawing of a network as a whole SVG document, the same bytes for equal networks.

    It holds no script and nothing from elsewhere, follows the reader's light or dark, and tells the pointer the numbers
    of each layer. Raises what `walk` raises where the layers do not fit.

    >>> from neocog.network import Dense, Network
    >>> svg(Network((4,), (Dense(2),))).startswith("<svg")
    True
    """
    total, plan = cost(network), planned(network)
    facts = f"input {input_text(network)} · {total.params:,} parameters · {total.macs:,} MACs"
    drawn, notes = _drawn(network, plan)
    name = network.name or "network"
    described = f"How the layers of {name} are joined, {len(list(boxes(plan)))} in all: {facts}."
    return page(drawn, name, facts, notes, described)


@NOTEBOOK.add("html")
def html(network: Network) -> str:
    """What a notebook shows of a network: its drawing, which scrolls sideways where the page is narrow."""
    return f'<div style="overflow-x:auto">{svg(network)}</div>'


def _drawn(network: Network, plan: Row) -> tuple[Drawn, tuple[str, ...]]:
    """The drawing in the form that fits, and the notes below it."""
    if is_chain(plan):
        chain = list(boxes(plan))
        vectors = all(len(box.shape) == 1 for box in chain)
        drawn = units(network.shape, chain) if vectors else volumes(network.shape, chain)
        if drawn is not None:
            return drawn, UNITS if vectors else VOLUMES
    return flow(plan, input_text(network))
