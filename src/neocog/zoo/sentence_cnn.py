"""The sentence network (Kim, 2014): convolutions that slide over words, each keeping its best place.

Words become vectors of 300 numbers; filters three, four and five words wide look for phrases, and the maximum over time
says how well the best place matched, wherever it lies. The vocabulary is that of the film reviews (18,765 words and
the padding), a sentence padded to 64 words as in the author's code. Vectors start at random here ("CNN-rand") and are
trained; "CNN-non-static" is the same network begun with word2vec's, "CNN-static" keeps those as they are.
"""

from neocog.network import Branches, Conv, Dense, Dropout, Embedding, GlobalMaxPool, Network, ReLU, Sequence, Tokens
from neocog.zoo.entry import Figure, paper_network


@paper_network(
    year=2014,
    paper='Kim, "Convolutional neural networks for sentence classification", arXiv 1408.5882',
    published=(
        Figure(measure="accuracy", value=76.1, data="MR film reviews", note="one network, word vectors from scratch"),
        Figure(
            measure="accuracy", value=81.5, data="MR film reviews", note="one network, begun with word2vec's vectors"
        ),
    ),
    init=((r"embedding1\.weight", "uniform(-0.25, 0.25)"),),
)
def sentence_cnn() -> Network:
    """The sentence network: phrases of 3, 4 and 5 words, 100 filters each, maximum over time, two classes."""
    return Network(
        name="sentence_cnn",
        input=Tokens(64, 18_766),
        layers=(
            Embedding(300),
            Branches(*(Sequence(Conv(100, words), ReLU(), GlobalMaxPool()) for words in (3, 4, 5)), name="phrases"),
            Dropout(),
            Dense(2),
        ),
    )
