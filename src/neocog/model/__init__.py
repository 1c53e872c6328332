"""The model: a value, its one file, and what it answers."""

from neocog.model.file import WHITENING, load, save, to_bytes
from neocog.model.images import Answer, FoundImages, answers, find_images, read_image
from neocog.model.initial import IMAGENET, credit, weights_file
from neocog.model.model import Model, weights_of
from neocog.model.open import open_model
from neocog.model.outputs import codes, logits, logits_and_codes, penultimate
from neocog.model.predict import NOT_SURE, Prediction, class_columns, predict, probabilities

__all__ = [
    "IMAGENET",
    "NOT_SURE",
    "WHITENING",
    "Answer",
    "FoundImages",
    "Model",
    "Prediction",
    "answers",
    "class_columns",
    "codes",
    "credit",
    "find_images",
    "load",
    "logits",
    "logits_and_codes",
    "open_model",
    "penultimate",
    "predict",
    "probabilities",
    "read_image",
    "save",
    "to_bytes",
    "weights_file",
    "weights_of",
]
