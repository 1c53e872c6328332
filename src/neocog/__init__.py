"""Neocog: a glass-box workbench for convolutional networks.

Point it at labelled images: it trains a network, tells you how far to trust it, shows you what every layer sees, and
ships it as one file. `import neocog` is light: torch is loaded when something that needs it is first used.
"""

__version__ = "0.1.0"
