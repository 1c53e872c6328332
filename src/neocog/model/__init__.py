"""The model: a value, its one file, and what it answers."""

from neocog.model.decisive import STRONG, Decisive, Phrase, decisive
from neocog.model.ensemble import ensemble
from neocog.model.familiarity import Familiarity, Gauge
from neocog.model.file import is_model, load, save, to_bytes
from neocog.model.images import Answer, FoundImages, answers, each_answer, find_images, read_image
from neocog.model.initial import IMAGENET, credit, weights_file
from neocog.model.kept_codes import Keeping, codes_at, codes_by_depth, codes_key, weights_digest
from neocog.model.kind_answers import KindAnswer, cell_names, kind_answers
from neocog.model.lines import STANDARD_INPUT, Line, answered, find_lines
from neocog.model.masks import CLASS_COLORS, palette, pixel_classes, shares
from neocog.model.model import Model, require_classes, weights_of
from neocog.model.neighbors import Nearest, nearest, unit_length
from neocog.model.open import open_model
from neocog.model.outputs import BATCH, Seen, codes, evaluating, logits, passes, penultimate, seen
from neocog.model.predict import (
    NOT_SURE,
    UNSURE,
    Prediction,
    class_columns,
    label_chances,
    predict,
    probabilities,
    strangeness,
    unanswered,
)
from neocog.model.scale import Scale, fit_scale
from neocog.model.temperature import fit_temperature
from neocog.model.threshold import Promise, needed, promise, upper_bound
from neocog.model.trust import Labelled, Trial, Trust, acquainted, calibrated, told, trial, unreachable

__all__ = [
    "BATCH",
    "CLASS_COLORS",
    "IMAGENET",
    "NOT_SURE",
    "STANDARD_INPUT",
    "STRONG",
    "UNSURE",
    "Answer",
    "Decisive",
    "Familiarity",
    "FoundImages",
    "Gauge",
    "Keeping",
    "KindAnswer",
    "Labelled",
    "Line",
    "Model",
    "Nearest",
    "Phrase",
    "Prediction",
    "Promise",
    "Scale",
    "Seen",
    "Trial",
    "Trust",
    "acquainted",
    "answered",
    "answers",
    "calibrated",
    "cell_names",
    "class_columns",
    "codes",
    "codes_at",
    "codes_by_depth",
    "codes_key",
    "credit",
    "decisive",
    "each_answer",
    "ensemble",
    "evaluating",
    "find_images",
    "find_lines",
    "fit_scale",
    "fit_temperature",
    "is_model",
    "kind_answers",
    "label_chances",
    "load",
    "logits",
    "nearest",
    "needed",
    "open_model",
    "palette",
    "passes",
    "penultimate",
    "pixel_classes",
    "predict",
    "probabilities",
    "promise",
    "read_image",
    "require_classes",
    "save",
    "seen",
    "shares",
    "strangeness",
    "to_bytes",
    "told",
    "trial",
    "unanswered",
    "unit_length",
    "unreachable",
    "upper_bound",
    "weights_digest",
    "weights_file",
    "weights_of",
]
