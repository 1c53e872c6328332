"""Starting from what others learned: linear probes at every depth, and which way of transfer fits the data."""

from neocog.transfer.advice import Advice, Evidence, advise, choose
from neocog.transfer.depths import depths
from neocog.transfer.probe import Probe, probe
from neocog.transfer.shift import shift

__all__ = ["Advice", "Evidence", "Probe", "advise", "choose", "depths", "probe", "shift"]
