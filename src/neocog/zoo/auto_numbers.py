"""`auto` for rows of numbers: two hidden layers, sized from the number of rows, and one line that says why.

A table's columns have no order in which neighbors mean something, so there is nothing to convolve.
"""

from neocog.network import Dense, Network, ReLU

WIDTHS = (16, 128)
"""The fewest and the most units of a hidden layer."""
ROWS_A_UNIT = 16
"""Rows of the table for each unit."""


def auto_numbers(columns: int, rows: int, outputs: int) -> tuple[Network, str]:
    """A network for rows of so many `columns`, and the reason for its size in one line.

    `rows` counts those to train on.

    >>> network, reason = auto_numbers(columns=3, rows=1_000, outputs=2)
    >>> network.layers
    (Dense(62), ReLU(), Dense(62), ReLU(), Dense(2))
    >>> print(reason)
    auto: 2 hidden layers of 62 units, for 1,000 rows of 3 numbers
    """
    width = min(max(rows // ROWS_A_UNIT, WIDTHS[0]), WIDTHS[1])
    layers = (Dense(width), ReLU(), Dense(width), ReLU(), Dense(outputs))
    reason = f"auto: 2 hidden layers of {width} units, for {rows:,} rows of {columns} numbers"
    return Network(name="auto", input=(columns,), layers=layers), reason
