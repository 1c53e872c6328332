"""SmallerVGGNet (Rosebrock, 2018): VGG's idea at five convolutions, for clothes that bear several labels at once.

Its sigmoid outputs belong to the loss, one for each label (two colors and a kind of garment among six). The ReLU comes
before the batch normalization, whose constants are Keras's.
"""

from neocog.network import BatchNorm, Conv, Dense, Dropout, Flatten, Layer, MaxPool, Network, ReLU
from neocog.zoo.entry import paper_network


@paper_network(
    year=2018,
    paper='Rosebrock, "Multi-label classification with Keras", pyimagesearch.com',
    init=((r"(conv|dense)\d+\.weight", "glorot_uniform"), (r"(conv|dense)\d+\.bias", "zeros")),
)
def smaller_vggnet() -> Network:
    """SmallerVGGNet: five 3x3 convolutions with batch normalization, six labels."""
    return Network(
        name="smaller_vggnet",
        input=(3, 96, 96),
        layers=(
            *_unit(32), MaxPool(3), Dropout(0.25),
            *_unit(64), *_unit(64), MaxPool(2), Dropout(0.25),
            *_unit(128), *_unit(128), MaxPool(2), Dropout(0.25), Flatten(),
            Dense(1024), ReLU(), _NORM, Dropout(0.5),
            Dense(6),
        ),
    )  # fmt: skip


_NORM = BatchNorm(eps=1e-3, momentum=0.01)


def _unit(channels: int) -> tuple[Layer, ...]:
    return (Conv(channels, 3, pad=1), ReLU(), _NORM)
