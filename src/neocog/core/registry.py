"""A registry maps names to things and knows the nearest name when one is unknown.

Rooms register what they offer in the module that defines it.
"""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from neocog.core.errors import NeocogError, nearest

T = TypeVar("T")


class Registry(Generic[T]):
    """Named things of one kind, in the order in which they were added.

    `kind` is the word that errors use ("optimizer"); `error` the class that an unknown name raises.

    >>> colors = Registry("color", NeocogError)
    >>> _ = colors.add("blue")("#0072B2")
    >>> colors["blue"]
    '#0072B2'
    >>> colors["blu"]
    Traceback (most recent call last):
    ...
    neocog.core.errors.NeocogError: unknown color 'blu'; did you mean 'blue'?
    """

    def __init__(self, kind: str, error: type[NeocogError]) -> None:
        self.kind = kind
        self.error = error
        self._items: dict[str, T] = {}

    def add(self, name: str) -> Callable[[T], T]:
        """A decorator that files its argument under `name`; a name is given once."""
        assert name not in self._items, f"{self.kind} {name!r} is registered twice"

        def register(item: T) -> T:
            self._items[name] = item
            return item

        return register

    def __getitem__(self, name: str) -> T:
        """The thing of that name; an unknown name raises with the nearest one."""
        if name not in self._items:
            raise self.error(f"unknown {self.kind} {name!r}; {nearest(name, self._items)}")
        return self._items[name]

    def __contains__(self, name: str) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)
