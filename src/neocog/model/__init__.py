"""The model: a value, its one file, and what it answers."""

from neocog.model.file import load, save, to_bytes
from neocog.model.images import Answer, FoundImages, answers, find_images, read_image
from neocog.model.model import Model, weights_of
from neocog.model.predict import NOT_SURE, Prediction, logits, predict, probabilities

__all__ = [
    "NOT_SURE",
    "Answer",
    "FoundImages",
    "Model",
    "Prediction",
    "answers",
    "find_images",
    "load",
    "logits",
    "predict",
    "probabilities",
    "read_image",
    "save",
    "to_bytes",
    "weights_of",
]
