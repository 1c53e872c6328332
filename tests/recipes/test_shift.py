"""A convolutional network against a dense one on shifted digits."""

from collections.abc import Callable
from pathlib import Path

import pytest

from neocog.evaluate import evaluate
from neocog.train import Epoch


@pytest.mark.slow
def test_a_convolutional_network_forgives_a_shift(
    run: Callable[..., list[Epoch]], mnist: Callable[..., Path], tmp_path: Path
) -> None:
    """Shortened to the first 6,000 images; judged on 2,000 others, as they are and 2 pixels to the right and down."""
    digits, lost = mnist("train", 6000), {}
    for name in ("shift_cnn", "shift_dense"):
        run(name, data__path=digits)
        right = [
            evaluate(
                tmp_path / name, mnist("t10k", 2000, shift), out=tmp_path / f"{name}{shift}"
            ).measures.accuracy.value
            for shift in (0, 2)
        ]
        lost[name] = right[0] - right[1]
        assert right[0] > 0.85
    assert lost["shift_dense"] > lost["shift_cnn"] + 0.12
