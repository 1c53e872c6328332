"""Images beyond the budget of the cache: they stay encoded in their files and are decoded whenever they are asked for.

Such a set is indexed like the array it stands for, and gives the same pixels, because the same function makes them.
`gathered` goes through the batches of either kind; decoding is spread over threads, whose results are put in order.

Threads and not processes, because Pillow, NumPy and hashing release the interpreter while they work. Measured on two
crowded cores (ants and bees, to 129 x 129): in two runs two threads decoded 1.17 and 0.85 times what two processes did,
which have to hand their pixels over, so neither is ahead; beside a training step, one thread decodes and lets train
0.91 of what one process does. With threads there is no second copy of the table, no archive to unpack again, nothing
to wait for at the start, and nothing that a kill leaves behind.

>>> squares = Encoded((3, 1, 2, 2), lambda place: np.full((1, 2, 2), place * place, np.uint8))
>>> [batch[:, 0, 0, 0].tolist() for batch in gathered(squares, [[2, 0], [1]])]
[[4, 0], [1]]
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neocog.data.parallel import threads

_GIGABYTE = 10**9
_SHARES = 4
"""Parts of a batch for each thread: few enough to cost nothing, enough that none waits long for the others."""


@dataclass(frozen=True, eq=False)
class Encoded:
    """Images (uint8 N C H W) that are decoded when they are indexed."""

    shape: tuple[int, ...]
    """N C H W."""
    image: Callable[[int], NDArray[Any]]
    """Makes the prepared sample (an image: uint8 C H W) of a place; safe to use from several threads."""
    key: str = ""
    """Names contents and geometry, so that what was found out about the images can be remembered."""
    dtype: np.dtype[Any] = np.dtype(np.uint8)  # noqa: RUF009 a frozen value

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, places: "Places | int") -> NDArray[Any]:
        chosen = np.arange(len(self))[places]
        if chosen.ndim == 0:
            return self.image(int(chosen))
        return next(gathered(self, [chosen]))

    @property
    def ndim(self) -> int:
        """4, as of the array."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """The bytes that the images would take, were they kept."""
        return math.prod(self.shape) * self.dtype.itemsize


Images: TypeAlias = NDArray[Any] | Encoded
"""Prepared samples (images: uint8 N C H W), kept or decoded anew."""

Places: TypeAlias = NDArray[np.int64] | Sequence[int] | slice
"""Which images, in which order."""


def gathered(
    images: Images, batches: Iterable[Places], workers: int | None = None, ahead: bool = False
) -> Iterator[NDArray[Any]]:
    """The images of each batch in turn (uint8 n C H W); what is not kept is decoded by so many threads.

    `ahead` decodes a batch while the one before it is in use; else the threads rest meanwhile. By default there is one
    thread for each processor. They end with the iterator.
    """
    if not isinstance(images, Encoded):
        yield from (images[places] for places in batches)
        return
    count = workers or threads()
    coming: deque[tuple[NDArray[Any], list[Future[None]]]] = deque()
    pool = ThreadPoolExecutor(count, thread_name_prefix="neocog-decoders")
    try:
        for places in batches:
            chosen = np.arange(len(images))[places]
            target = np.empty((len(chosen), *images.shape[1:]), images.dtype)
            step = max(1, len(chosen) // (_SHARES * count))
            shares = [range(start, min(start + step, len(chosen))) for start in range(0, len(chosen), step)]
            coming.append((target, [pool.submit(_decode, images, chosen, target, share) for share in shares]))
            if len(coming) > ahead:
                yield _whole(*coming.popleft())
        while coming:
            yield _whole(*coming.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def beyond(arrays: Sequence[Images], cache_gb: float) -> str:
    """What to say where some of the images that a run works on are not kept, and how to keep them; else ""."""
    encoded = [images for images in arrays if isinstance(images, Encoded)]
    if not encoded:
        return ""
    size = sum(images.nbytes for images in arrays)
    means = "images are decoded anew for every epoch: slower, to the same result"
    if max(images.nbytes for images in encoded) <= cache_gb * _GIGABYTE:
        return (
            f"the disk has no room for {size / _GIGABYTE:.3g} GB of prepared images, so {means}; free some, or name a "
            "larger place with NEOCOG_CACHE=FOLDER"
        )
    return (
        f"the prepared images would take {size / _GIGABYTE:.3g} GB, more than data.cache_gb={cache_gb:g} allows, so "
        f"{means}; to keep them, begin or resume with --set data.cache_gb={math.ceil(size / _GIGABYTE)}"
    )


def _decode(images: Encoded, chosen: NDArray[np.int64], target: NDArray[Any], share: range) -> None:
    for position in share:
        target[position] = images.image(int(chosen[position]))


def _whole(target: NDArray[Any], shares: list[Future[None]]) -> NDArray[Any]:
    for share in shares:
        share.result()
    return target
