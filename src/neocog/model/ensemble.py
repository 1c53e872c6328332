"""Several models as one: each says its probabilities, and the mean of these is the answer.

The ensemble is a model like any other: one network whose members stand side by side and read the same image, one file,
with a calibration, a threshold and gauges of its own. So whatever takes a model takes an ensemble: predict, evaluate,
export. The logarithm at its end makes logits of the summed probabilities; their softmax is the mean again, for what is
added to all logits alike changes nothing.

>>> from neocog.build import build
>>> from neocog.data import Preprocessing
>>> from neocog.model.model import weights_of
>>> from neocog.network import Dense, Flatten
>>> network = Network((1, 2, 2), (Flatten(), Dense(2)))
>>> one, other = (Model(network=network, weights=weights_of(build(network, seed)), classes=("cat", "dog"),
...     preprocessing=Preprocessing(size=(2, 2), channels=1)) for seed in range(2))
>>> ensemble([one, other]).network.layers[0].nodes[-2]
Node('sum', Add(), inputs=('chances1', 'chances2'))
"""

from collections import abc
from dataclasses import fields

import torch
from torch import Tensor

from neocog.core.errors import ModelFileError
from neocog.data import AnyPreprocessing, Whitening
from neocog.model.model import Model, require_classes
from neocog.network import Add, Fit, Graph, LayerScale, Log, Network, Node, Sequence, Softmax

LEAST = 2
"""Members of an ensemble."""


def ensemble(members: abc.Sequence[Model]) -> Model:
    """One model that answers with the mean of its members' probabilities, each with its own temperature.

    It is not calibrated and has an empty card. Raises `ModelFileError` where there are fewer than two, or where they do
    not share their classes and how an image is prepared.
    """
    if len(members) < LEAST:
        raise ModelFileError(f"an ensemble needs {LEAST} models or more, got {len(members)}; train another")
    first = members[0]
    for each in members:
        require_classes(each, "an ensemble")
    for each in members[1:]:
        if each.classes != first.classes:
            raise ModelFileError(
                "the members of an ensemble must have the same classes in the same order, got "
                f"{', '.join(first.classes[:5])} and {', '.join(each.classes[:5])}; leave one out"
            )
        other = _differing(first.preprocessing, each.preprocessing)
        if other:
            raise ModelFileError(
                f"the members of an ensemble must prepare their images alike, got another {' and '.join(other)}; "
                "train them with the same data.size, data.border and data.channels"
            )
    nodes: list[Node] = []
    weights: dict[str, Tensor] = {}
    ends: list[str] = []
    for place, each in enumerate(members, 1):
        name, scale, end = f"member{place}", f"temperature{place}", f"chances{place}"
        nodes += [
            Node(name, Sequence(*each.network.layers), inputs=("input",)),
            Node(scale, LayerScale()),
            Node(end, Softmax()),
        ]
        weights |= {f"{name}.{key}": tensor for key, tensor in each.weights.items()}
        weights[f"{scale}.weight"] = torch.full((len(first.classes),), 1 / each.temperature)
        ends.append(end)
    graph = Graph(*nodes, Node("sum", Add(), inputs=tuple(ends)), Node("log", Log()))
    # where it divides, "floor" gives what "exact" does
    fit: Fit = "floor" if any(each.network.fit == "floor" for each in members) else "exact"
    return Model(
        network=Network(first.network.input, (graph,), fit=fit),
        weights=weights,
        classes=first.classes,
        preprocessing=first.preprocessing,
    )


def _differing(first: AnyPreprocessing, other: AnyPreprocessing) -> list[str]:
    """The parts in which two preparations differ; a whitening is the same where its numbers are."""
    if type(first) is not type(other):
        return ["kind of input"]
    found = []
    for part in fields(first):
        one, two = getattr(first, part.name), getattr(other, part.name)
        if isinstance(one, Whitening) and isinstance(two, Whitening):
            alike = torch.equal(one.mean, two.mean) and torch.equal(one.matrix, two.matrix)
        else:
            alike = one == two
        found += [] if alike else [part.name]
    return found
