"""The words that decided: how far the answer rests on each word of a sentence, and on which phrases.

Two ways that know nothing of each other. *Occlusion* makes one word unknown at a time and says how far the log-odds of
the class fall: no gradient is needed, and the number means what it says. *Gradient x input* takes the derivative by the
word's vector times the vector. The *phrases* are what filters chose (Kim, 2014): the maximum over time leaves each
filter one place, and the derivative by what it found there, times that, is its share in the log-odds.

The words that occlusion names are checked against chance: without the strongest few the probability must fall further
than without any of some drawn sets of as many others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neocog.build import OUTPUT, tapped
from neocog.core import draw
from neocog.core.errors import NetworkError
from neocog.data import UNKNOWN, WordsPreprocessing, words_of
from neocog.model.model import Model
from neocog.model.outputs import evaluating
from neocog.network import Conv, Embedding, Step, walk

DRAWN = 20
"""Sets of words that are drawn to compare with."""
MOST_PHRASES = 8
"""Phrases that are told of a sentence."""
STRONG = 2.0
"""The change of the log-odds that is drawn in the strongest color: the odds times 7.4."""

_FEW = 3


@dataclass(frozen=True)
class Phrase:
    """Neighboring words that filters chose."""

    words: tuple[str, ...]
    start: int
    """The place of the first word in the sentence, from 0."""
    share: float
    """What its filters add to the log-odds of the class."""
    filters: int
    """How many filters chose it."""


@dataclass(frozen=True, eq=False)
class Decisive:
    """What the answer for a sentence rests on."""

    words: tuple[str, ...]
    """The words, as many as the network reads."""
    unknown: NDArray[np.bool_]
    """Which of them are not in the vocabulary."""
    label: int
    """The class that is explained."""
    probability: float
    """Its probability, not calibrated."""
    fall: NDArray[np.float64]
    """By how much its log-odds fall where a word is unknown; below 0 where they rise."""
    gradient: NDArray[np.float64]
    """Gradient x input of each word's vector."""
    phrases: tuple[Phrase, ...]
    """What filters chose, the largest share first."""
    without: float
    """The probability without the strongest few words."""
    by_chance: tuple[float, ...]
    """The probability without as many other words, drawn `DRAWN` times."""

    @property
    def few(self) -> int:
        """How many words are the strongest few."""
        return _few(len(self.words))

    @property
    def passes(self) -> bool:
        """Whether the probability falls further without the words that are named than without drawn ones."""
        return self.without < min(self.by_chance)

    @property
    def strongest(self) -> list[int]:
        """The places of the words, those that speak most for the class first."""
        return [int(place) for place in np.argsort(-self.fall, kind="stable")]


def decisive(model: Model, raw: bytes, label: int | None = None, module: nn.Module | None = None) -> Decisive:
    """What the answer for a sentence (in UTF-8) rests on; `label` is the class to explain, the answer's by default.

    `module` is `model.module()`, where it has been made already. Raises `ImageError` for a text without words,
    `NetworkError` for a model that reads no sentences.
    """
    preprocessing = model.preprocessing
    if not isinstance(preprocessing, WordsPreprocessing):
        raise NetworkError(
            f"words decide where sentences are read, and this model reads {preprocessing.noun}; give one"
        )
    words = tuple(words_of(raw)[: preprocessing.length])
    tokens = torch.from_numpy(preprocessing.prepare(raw)).long()
    module = module or model.module()
    steps = walk(model.network)
    place, first = next((place, step) for place, step in enumerate(steps) if isinstance(step.layer, Embedding))
    filters = [step for step in steps if isinstance(step.layer, Conv) and place in step.inputs]
    count = len(words)
    with evaluating(module, "cpu"), torch.inference_mode(False):
        plain = _scores(module, tokens[None])
        chosen = int(plain.argmax()) if label is None else label
        single = torch.eye(count, dtype=torch.bool)
        odds = _odds(_scores(module, _hidden(tokens, single)), chosen)
        before = float(_odds(plain, chosen)[0])
        fall = before - odds.double().numpy()
        gradient, phrases = _by_gradient(module, tokens, chosen, words, first, filters)
        few = _few(count)
        named = np.zeros((1 + DRAWN, count), np.bool_)
        ranked = np.argsort(-fall, kind="stable")
        named[0, ranked[:few]] = True
        others = np.sort(ranked[few:])
        for number in range(DRAWN):
            named[1 + number, others[draw.permutation(len(others), number, "words")[:few]]] = True
        left = _scores(module, _hidden(tokens, torch.from_numpy(named))).double().softmax(1)[:, chosen].tolist()
    return Decisive(
        words=words,
        unknown=tokens[:count].numpy() == UNKNOWN,
        label=chosen,
        probability=float(plain.double().softmax(1)[0, chosen]),
        fall=fall,
        gradient=gradient,
        phrases=phrases,
        without=left[0],
        by_chance=tuple(left[1:]),
    )


def _few(count: int) -> int:
    return max(1, min(_FEW, count // 3))


def _hidden(tokens: Tensor, which: Tensor) -> Tensor:
    """Copies of a sentence (L) with some of its first words unknown (which: N words): N L."""
    copies = tokens.repeat(len(which), 1)
    copies[:, : which.shape[1]][which] = UNKNOWN
    return copies


def _scores(module: nn.Module, tokens: Tensor) -> Tensor:
    with torch.no_grad():
        scores: Tensor = module(tokens)
    return scores.float()


def _odds(scores: Tensor, label: int) -> Tensor:
    """The log-odds of a class by logits (N K)."""
    others = torch.cat([scores[:, :label], scores[:, label + 1 :]], 1)
    return scores[:, label] - others.logsumexp(1)


def _by_gradient(
    module: nn.Module, tokens: Tensor, label: int, words: tuple[str, ...], first: Step, filters: Sequence[Step]
) -> tuple[NDArray[np.float64], tuple[Phrase, ...]]:
    """Gradient x input of each word, and the phrases that the filters chose."""
    paths = [first.path, *(step.path for step in filters)]
    with torch.enable_grad():
        found = tapped(module, [*paths, OUTPUT])(tokens[None])
        tensors = [found[path] for path in paths]
        slopes = torch.autograd.grad(_odds(found[OUTPUT].float(), label).sum(), tensors, allow_unused=True)
    shares = [
        torch.zeros_like(tensor[0]) if slope is None else (slope * tensor).detach()[0]
        for slope, tensor in zip(slopes, tensors, strict=True)
    ]
    gradient = shares[0].sum(0)[: len(words)].double().numpy()
    totals: dict[tuple[int, int], tuple[float, int]] = {}
    for step, share in zip(filters, shares[1:], strict=True):  # share: filters, places
        for place in share.abs().sum(0).nonzero().flatten().tolist():
            read = step.windows[0].reads(place)
            reach = (max(read.start, 0), min(read.stop, len(words)))
            if reach[0] < reach[1]:  # else it looks at what fills the sentence up
                value, many = totals.get(reach, (0.0, 0))
                column = share[:, place]
                totals[reach] = (value + float(column.sum()), many + int((column != 0).sum()))
    ranked = sorted(totals.items(), key=lambda item: (-item[1][0], item[0]))[:MOST_PHRASES]
    return gradient, tuple(
        Phrase(words[low:high], low, share, many) for (low, high), (share, many) in ranked if share > 0
    )
