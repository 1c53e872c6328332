"""A network for single spoken words (Mandal, 2017), which the lecture "Introduction to deep learning (CNN)" points to.

A second of sound comes as a picture: 20 mel-frequency cepstral coefficients by 11 moments, shorter words padded with
zeros. One convolution, one pool, one hidden layer then tell "bed", "cat" and "happy" apart. The author's notebook later
put three convolutions (32, 48 and 120 filters) in place of the one of the article, which is the one built here.

The article takes every third sample of a sound at 16 kHz, and librosa's coefficients of that: windows of 2048 samples
and hops of 512, of 128 bands the first 20 coefficients.
"""

from neocog.network import Conv, Dense, Dropout, Flatten, MaxPool, Network, ReLU
from neocog.zoo.entry import Hearing, paper_network


@paper_network(
    year=2017,
    paper='Mandal, "Building a dead simple speech recognition engine using ConvNet in Keras", blog.manash.me',
    hearing=Hearing(sample_rate=5333, window=2048 / 5333, hop=512 / 5333, bands=128, coefficients=20),
    init=((r".*\.weight", "glorot_uniform"), (r".*\.bias", "zeros")),
)
def spoken_word() -> Network:
    """The lecture's network for three spoken words, from 20 cepstral coefficients at 11 moments: 184,995 parameters."""
    return Network(
        name="spoken_word",
        input=(1, 20, 11),
        layers=(
            Conv(32, 2), ReLU(), MaxPool(2, fit="floor"), Dropout(0.25), Flatten(),
            Dense(128), ReLU(), Dropout(0.25),
            Dense(3),
        ),
    )  # fmt: skip
