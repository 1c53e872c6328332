"""The model: a value, its one file, and what it answers."""

from neocog.model.file import load, save, to_bytes
from neocog.model.model import Model, weights_of
from neocog.model.predict import NOT_SURE, Prediction, logits, predict, probabilities

__all__ = [
    "NOT_SURE",
    "Model",
    "Prediction",
    "load",
    "logits",
    "predict",
    "probabilities",
    "save",
    "to_bytes",
    "weights_of",
]
