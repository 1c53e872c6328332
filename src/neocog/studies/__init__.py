"""Whatever trains more than once, and only when it is asked to: folds for doubtful labels, the learning curve."""

from neocog.studies.curve import LearningCurve, Point, Twice, curve_parts, learning_curve
from neocog.studies.fold_trial import fold_trial
from neocog.studies.folds import OutOfFold, fold_parts, out_of_fold
from neocog.studies.options import CheckOptions, StudyOptions
from neocog.studies.page import judges, suspects_title
from neocog.studies.parts import Part, base, trained
from neocog.studies.study import Study, concluded, planned, require_room
from neocog.studies.suspects import Suspect, Suspects, estimated_errors, find_suspects, rank

__all__ = [
    "CheckOptions",
    "LearningCurve",
    "OutOfFold",
    "Part",
    "Point",
    "Study",
    "StudyOptions",
    "Suspect",
    "Suspects",
    "Twice",
    "base",
    "concluded",
    "curve_parts",
    "estimated_errors",
    "find_suspects",
    "fold_parts",
    "fold_trial",
    "judges",
    "learning_curve",
    "out_of_fold",
    "planned",
    "rank",
    "require_room",
    "suspects_title",
    "trained",
]
