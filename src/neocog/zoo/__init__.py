"""The classic networks, one paper a file, each beside its published figures; and `auto`, sized from the data.

To add a network, add a file with a function under `@paper_network`; nothing else needs to know of it.
"""

from neocog.zoo.auto import auto
from neocog.zoo.auto_board import auto_board
from neocog.zoo.auto_masks import MASK_STEP, auto_masks
from neocog.zoo.auto_numbers import auto_numbers
from neocog.zoo.auto_words import INIT as AUTO_WORDS_INIT
from neocog.zoo.auto_words import auto_words
from neocog.zoo.catalogue import Catalogue, Listing, get, known, names, network
from neocog.zoo.catalogue import listed as list
from neocog.zoo.entry import Entry, Figure, Hearing, Preparation, Weights, paper_network

__all__ = [
    "AUTO_WORDS_INIT",
    "MASK_STEP",
    "Catalogue",
    "Entry",
    "Figure",
    "Hearing",
    "Listing",
    "Preparation",
    "Weights",
    "auto",
    "auto_board",
    "auto_masks",
    "auto_numbers",
    "auto_words",
    "get",
    "known",
    "list",
    "names",
    "network",
    "paper_network",
]
