"""Starting from what others learned: linear probes at every depth, which way of transfer fits, and images alike."""

from neocog.transfer.advice import Advice, Evidence, advise, choose
from neocog.transfer.alike import alike
from neocog.transfer.depths import depths
from neocog.transfer.probe import Probe, probe
from neocog.transfer.shift import shift

__all__ = ["Advice", "Evidence", "Probe", "advise", "alike", "choose", "depths", "probe", "shift"]
