"""Labelled samples: found, checked, split, prepared, cached and augmented."""

from neocog.data.augment import Augment, Looks, augmented, looks, moved
from neocog.data.cache import kept, prepared, squashed
from neocog.data.decode import Decoded, decode
from neocog.data.encoded import Encoded, Images, beyond, gathered
from neocog.data.find import find, names_data, short_name
from neocog.data.findings import Findings
from neocog.data.inputs import AnyPreprocessing, NumbersPreprocessing, of_pictures
from neocog.data.load import Dataset, inspect, load, refusal
from neocog.data.mask import IGNORED, Mask, decode_mask, prepare_mask
from neocog.data.masked import MaskSet, prepared_masks, squashed_masks
from neocog.data.options import DataOptions
from neocog.data.parallel import Progress
from neocog.data.prepare import prepare
from neocog.data.preprocessing import Preprocessing
from neocog.data.scan import Scan, scan
from neocog.data.split import Split
from neocog.data.table import Pixels, Source, Table
from neocog.data.targets import JOIN, TargetKind, Targets, target
from neocog.data.tensors import fitted, normalize
from neocog.data.whitening import MOST_INPUTS, Whitening
from neocog.data.word_vectors import WordVectors, holds_vectors, read_vectors, vector_length
from neocog.data.words import UNKNOWN, Dropped, WordsPreprocessing, dropped, fit_words, words_of

__all__ = [
    "IGNORED",
    "JOIN",
    "MOST_INPUTS",
    "UNKNOWN",
    "AnyPreprocessing",
    "Augment",
    "DataOptions",
    "Dataset",
    "Decoded",
    "Dropped",
    "Encoded",
    "Findings",
    "Images",
    "Looks",
    "Mask",
    "MaskSet",
    "NumbersPreprocessing",
    "Pixels",
    "Preprocessing",
    "Progress",
    "Scan",
    "Source",
    "Split",
    "Table",
    "TargetKind",
    "Targets",
    "Whitening",
    "WordVectors",
    "WordsPreprocessing",
    "augmented",
    "beyond",
    "decode",
    "decode_mask",
    "dropped",
    "find",
    "fit_words",
    "fitted",
    "gathered",
    "holds_vectors",
    "inspect",
    "kept",
    "load",
    "looks",
    "moved",
    "names_data",
    "normalize",
    "of_pictures",
    "prepare",
    "prepare_mask",
    "prepared",
    "prepared_masks",
    "read_vectors",
    "refusal",
    "scan",
    "short_name",
    "squashed",
    "squashed_masks",
    "target",
    "vector_length",
    "words_of",
]
