"""Whatever trains more than once, and only when it is asked to: folds for doubtful labels, the learning curve."""

from neocog.studies.fold_trial import fold_trial
from neocog.studies.folds import OutOfFold, fold_parts, out_of_fold
from neocog.studies.options import CheckOptions, StudyOptions
from neocog.studies.parts import Part, base, trained
from neocog.studies.suspects import Suspect, Suspects, find_suspects

__all__ = [
    "CheckOptions",
    "OutOfFold",
    "Part",
    "StudyOptions",
    "Suspect",
    "Suspects",
    "base",
    "find_suspects",
    "fold_parts",
    "fold_trial",
    "out_of_fold",
    "trained",
]
