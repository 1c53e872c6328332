"""LeNet-5 (LeCun, Bottou, Bengio and Haffner, 1998): digits of 28x28 in a field of 32x32.

`lenet5` is the form that everyone builds today: C3 sees all six maps, the averages have no trained scale, the output is
a dense layer to logits. The paper's own has a connection table, trained subsampling and radial basis functions.
"""

from neocog.network import AvgPool, Conv, Dense, Flatten, Network, Tanh
from neocog.zoo.entry import Figure, paper_network


@paper_network(
    year=1998,
    paper='LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE 86',
    published=(
        Figure(measure="error", value=0.95, data="MNIST", note="one network, no distortions; the paper's own form"),
        Figure(measure="error", value=0.8, data="MNIST", note="one network, with distortions; the paper's own form"),
    ),
    init=((r".*\.weight", "lecun_uniform"), (r".*\.bias", "zeros")),
    border=2,
)
def lenet5() -> Network:
    """LeNet-5, the common form: 61,706 parameters, tanh, average pooling."""
    return Network(
        name="lenet5",
        input=(1, 32, 32),
        layers=(
            Conv(6, 5), Tanh(), AvgPool(2),
            Conv(16, 5), Tanh(), AvgPool(2),
            Conv(120, 5), Tanh(), Flatten(),
            Dense(84), Tanh(),
            Dense(10),
        ),
    )  # fmt: skip
