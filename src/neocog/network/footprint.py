"""What a layer leaves in memory: the one thing that a kind of layer says about it, as data.

Torch keeps for the backward pass what a layer's derivative needs: its input, its output, or something of its own, such
as the places that a pool chose. Each kind says which, once; `memory.py` adds it up over a network.

>>> Footprint(output=True)  # such as ReLU's, whose derivative is where its output is positive
Footprint(input=False, output=True, own=0, scratch=0, inner=0, within=0, view=False, precise=False)
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Footprint:
    """What torch holds for a layer between its forward and its backward pass, and while it computes."""

    input: bool = False
    """Whether the backward pass needs its input."""
    output: bool = False
    """Whether the backward pass needs its output."""
    own: int = 0
    """Bytes for each output element that it keeps besides, such as 8 for an index."""
    scratch: int = 0
    """Bytes for each output element that it takes while it computes, and then gives back."""
    inner: int = 0
    """Bytes in float32 that layers within it keep for one sample, where none of them is a step of its own."""
    within: int = 0
    """Bytes in float32 that the largest of them takes for one sample, with what it reads."""
    view: bool = False
    """Whether its output is its input, in the same memory."""
    precise: bool = False
    """Whether autocast computes it in float32 whatever it reads."""
