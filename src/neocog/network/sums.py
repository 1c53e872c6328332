"""A count as a sum of products, so that a number and the formula it comes from are one value and cannot disagree.

>>> weights = Sum((20, 3, 5, 5), (20,))
>>> weights.total
1520
>>> print(weights)
20*3*5*5 + 20
"""

import math


class Sum:
    """A sum of products of whole numbers; empty it is nothing, and false."""

    __slots__ = ("products",)

    def __init__(self, *products: tuple[int, ...]) -> None:
        self.products = tuple(product for product in products if product)

    @property
    def total(self) -> int:
        """What it comes to."""
        return sum(map(math.prod, self.products))

    def __bool__(self) -> bool:
        return bool(self.products)

    def __str__(self) -> str:
        return " + ".join("*".join(map(str, product)) for product in self.products) or "0"


NOTHING = Sum()
"""The count of what costs nothing."""
