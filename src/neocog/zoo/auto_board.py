"""`auto` for positions on a board: convolutions without a pool, for every point matters, and an output for each point.

It is the next-move network of the zoo made small: a first layer of 5x5, then layers of 3x3 that together see the whole
board, with batch norm so that they learn at a high rate.
"""

from neocog.network import BatchNorm, Conv, Flatten, Network, ReLU, Repeat, Sequence

WIDTHS = (32, 128)
"""The fewest and the most channels."""
POSITIONS_A_CHANNEL = 400
"""Positions for each channel."""


def auto_board(size: tuple[int, int], channels: int, positions: int) -> tuple[Network, str]:
    """A network for positions on a board of a height and a width, and the reason for its size in one line.

    `positions` counts those to train on.

    >>> network, reason = auto_board((9, 9), 3, 20_000)
    >>> print(reason)
    auto: 3 layers of 50 channels and no pool, which see 9x9 points of a board of 9x9; 20,000 positions
    """
    width = min(max(positions // POSITIONS_A_CHANNEL, WIDTHS[0]), WIDTHS[1])
    layers = max(2, -(-(max(size) - 5) // 2))
    seen = 5 + 2 * layers
    block = Sequence(Conv(width, 3, pad=1, bias=False), BatchNorm(), ReLU())
    network = Network(
        name="auto",
        input=(channels, *size),
        layers=(
            Conv(width, 5, pad=2, bias=False), BatchNorm(), ReLU(),
            Repeat(layers, block),
            Conv(1, 1), Flatten(),
        ),
    )  # fmt: skip
    return network, (
        f"auto: {layers + 1} layers of {width} channels and no pool, which see {seen}x{seen} points of a board of "
        f"{size[0]}x{size[1]}; {positions:,} positions"
    )
