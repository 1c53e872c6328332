"""Where to play next on a 19x19 board, after AlphaGo's policy network (Silver et al., 2016).

The position is a picture: 1 where a black stone lies, -1 where a white one, 0 where none, as the lecture "Deep
learning (5)" writes it; the classes are the 361 points. There is no pool, for every point matters. Widths and depth are
the paper's (192 filters, 5x5 first, then eleven times 3x3, then one of 1x1), but its network reads 48 planes of
features and adds a bias of its own at every point, so its figures are not this one's.
"""

from neocog.network import Conv, Flatten, Network, ReLU, Repeat, Sequence
from neocog.zoo.entry import paper_network


@paper_network(
    year=2016,
    paper='Silver et al., "Mastering the game of Go with deep neural networks and tree search", Nature 529; '
    'input as in the lecture "Deep learning (5)"',
)
def next_move() -> Network:
    """The next move on a 19x19 board: 13 convolutions from the stones to the 361 points."""
    return Network(
        name="next_move",
        input=(1, 19, 19),
        layers=(
            Conv(192, 5, pad=2), ReLU(),
            Repeat(11, Sequence(Conv(192, 3, pad=1), ReLU())),
            Conv(1, 1), Flatten(),
        ),
    )  # fmt: skip
