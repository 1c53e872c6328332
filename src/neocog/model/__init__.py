"""The model: a value, its one file, and what it answers."""

from neocog.model.file import WHITENING, load, save, to_bytes
from neocog.model.images import Answer, FoundImages, answers, find_images, read_image
from neocog.model.initial import IMAGENET, credit, weights_file
from neocog.model.kept_codes import Keeping, codes_at, codes_by_depth, weights_digest
from neocog.model.model import Model, weights_of
from neocog.model.open import open_model
from neocog.model.predict import NOT_SURE, Prediction, class_columns, logits, predict, probabilities

__all__ = [
    "IMAGENET",
    "NOT_SURE",
    "WHITENING",
    "Answer",
    "FoundImages",
    "Keeping",
    "Model",
    "Prediction",
    "answers",
    "class_columns",
    "codes_at",
    "codes_by_depth",
    "credit",
    "find_images",
    "load",
    "logits",
    "open_model",
    "predict",
    "probabilities",
    "read_image",
    "save",
    "to_bytes",
    "weights_digest",
    "weights_file",
    "weights_of",
]
