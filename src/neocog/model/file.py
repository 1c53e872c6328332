"""The model file: one safetensors file that any reader of safetensors opens, and that says everything about itself.

The tensors are float32 under the network's own paths; where images are whitened, two more say how, and four more tell
images that are unlike the training images. `neocog`, the only key of the metadata, holds canonical JSON: sorted, with
no time, path, host or count of resumes, so equal models are equal files, byte for byte, and the file's hash names the
model. All that the header says is checked before a tensor is touched, and then all of it by a digest: one flipped bit
in a weight would change answers and nothing else would tell. Files from before there was a digest open without that
check. Nothing in a file is ever run or fetched: the network is text that `neocog.network.parse` takes apart.

>>> import tempfile
>>> from neocog.model.model import weights_of
>>> from neocog.network import Dense, Flatten
>>> network = Network((1, 8, 8), (Flatten(), Dense(2)))
>>> model = Model(network=network, weights=weights_of(build(network)), classes=("cat", "dog"),
...     preprocessing=Preprocessing(size=(8, 8), channels=1))
>>> with tempfile.TemporaryDirectory() as run:
...     save(model, f"{run}/model.safetensors")
...     load(run).classes
('cat', 'dog')
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import safetensors
import safetensors.torch
import torch
from annotated_types import Ge, Le
from torch import Tensor

from neocog.build import build
from neocog.core.config import from_dict, to_dict
from neocog.core.errors import ModelFileError, NetworkError, RecipeError, StorageError, nearest
from neocog.core.files import atomic_write, make_folder
from neocog.core.header import DAMAGED, FORMAT, KEY, check_version, description
from neocog.core.run import MODEL, RECIPE
from neocog.data import AnyPreprocessing, NumbersPreprocessing, Preprocessing, Whitening, WordsPreprocessing
from neocog.model.familiarity import MOST_DIMENSIONS, Familiarity, Gauge, statistics_length
from neocog.model.model import Model
from neocog.model.outputs import code_length
from neocog.model.scale import Scale
from neocog.network import Network, cost, parse

MOST_PARAMS = 2**36
"""The most numbers that a network in a file may learn (256 GiB); torch itself stumbles over absurd ones."""
WHITENING = ("preprocessing.whitening.mean", "preprocessing.whitening.matrix")
GAUGES = {gauge: (f"familiarity.{gauge}.projection", f"familiarity.{gauge}.centers") for gauge in ("code", "picture")}
DIGEST = "digest"
"""What the metadata calls the digest of everything else."""

_FOREIGN = "give the model.safetensors, or the folder, of a run by `neocog train`"
# What other files begin with that people take for models.
_STARTS = {
    b"PK\x03\x04": "a zip archive (as torch.save writes, which could run code)",
    b"\x80": "a Python pickle (which could run code)",
    b"\x89HDF": "an HDF5 file",
    b"GGUF": "a GGUF file",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
}


@dataclass(frozen=True, kw_only=True)
class _GaugeFacts:
    """What the metadata says of a gauge."""

    dimensions: Annotated[int, Ge(1), Le(MOST_DIMENSIONS)]
    limit: Annotated[float, Ge(0)]


@dataclass(frozen=True, kw_only=True)
class _FamiliarityFacts:
    """What the metadata says of the gauges."""

    code: _GaugeFacts
    picture: _GaugeFacts


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What the metadata says, beside `format`; what has a default was not always there."""

    network: str
    task: Literal["class", "classes", "number", "mask"]
    classes: tuple[str, ...]
    calibration: dict[str, Any] | None
    threshold: float
    card: dict[str, Any]
    familiarity: _FamiliarityFacts | None = None
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    scale: Scale | None = None


@dataclass(frozen=True, kw_only=True)
class _OfImages(_Facts):
    """Of a model that reads images."""

    preprocessing: Preprocessing


@dataclass(frozen=True, kw_only=True)
class _OfNumbers(_Facts):
    """Of a model that reads rows of numbers."""

    preprocessing: NumbersPreprocessing


@dataclass(frozen=True, kw_only=True)
class _OfWords(_Facts):
    """Of a model that reads sentences."""

    preprocessing: WordsPreprocessing


_OTHERS: dict[str, type[_OfNumbers | _OfWords]] = {"columns": _OfNumbers, "vocabulary": _OfWords}
"""What the metadata is read as where its preprocessing has that key; else it is that of images."""


def to_bytes(model: Model) -> bytes:
    """The model file's content: equal models give equal bytes, whatever the order of their weights.

    >>> from neocog.model.model import weights_of
    >>> from neocog.network import Dense, Flatten
    >>> network = Network((1, 8, 8), (Flatten(), Dense(2)))
    >>> model = Model(network=network, weights=weights_of(build(network)), classes=("cat", "dog"),
    ...     preprocessing=Preprocessing(size=(8, 8), channels=1))
    >>> sorted(safetensors.torch.load(to_bytes(model)))
    ['dense1.bias', 'dense1.weight']
    """
    tensors = {
        name: tensor.detach().to(device="cpu", dtype=torch.float32, copy=True).contiguous()
        for name, tensor in model.weights.items()
        if tensor.is_floating_point()
    }
    whitening = _whitening(model.preprocessing)
    if whitening is not None:
        tensors |= dict(zip(WHITENING, (whitening.mean, whitening.matrix), strict=True))
    facts = _familiarity_facts(model)
    if model.familiarity is not None:
        for gauge, names in GAUGES.items():
            known: Gauge = getattr(model.familiarity, gauge)
            tensors |= dict(zip(names, (known.projection, known.centers), strict=True))
    _check_tensors(model, facts, {name: ("F32", tuple(tensor.shape)) for name, tensor in tensors.items()})
    document = json.loads(_canonical(_document(model, facts)))  # as it will be read
    document[DIGEST] = _digest(document, tensors)
    return bytes(safetensors.torch.save(tensors, metadata={KEY: _canonical(document)}))


def save(model: Model, path: str | Path) -> None:
    """Write the model file, whole or not at all, in a folder that is made where it is missing.

    Raises `StorageError` where the disk is full, the place closed, or the path a folder's.
    """
    file = Path(path)
    if file.is_dir():
        raise StorageError(f"a model must be saved as a file, and {file} is a folder; save it as {file / MODEL}")
    make_folder(file.parent)
    atomic_write(file, to_bytes(model))


def load(path: str | Path) -> Model:
    """The model in a file, or in a run folder.

    Raises `ModelFileError`, one for each way in which a file can be no model: not there, cut short, of another kind, of
    another version, damaged, or with weights that are not those of its network.

    >>> load("nowhere")
    Traceback (most recent call last):
    ...
    neocog.core.errors.ModelFileError: there is no model at nowhere; give the model.safetensors, or the folder, ...
    """
    try:
        file = _locate(Path(path))
    except OSError as error:
        raise ModelFileError(
            f"{path} cannot be reached ({error.strerror}); check the path and its permissions"
        ) from error
    with _about(file), _opened(file) as content:
        document = _read(content.metadata() or {})
        digest = document.pop(DIGEST, None)
        model, facts = _described(document)
        names = list(content.keys())
        slices = {name: content.get_slice(name) for name in names}
        _check_tensors(
            model, facts, {name: (part.get_dtype(), tuple(part.get_shape())) for name, part in slices.items()}
        )
        # Copied: torch would map the file, and a file that is replaced meanwhile must not reach into the model.
        weights = {name: content.get_tensor(name).clone() for name in names}
        if digest not in (None, _digest(document, weights)):
            raise ModelFileError(f"its content is not what was saved (another digest); {DAMAGED}")
        broken = next((name for name, tensor in weights.items() if not bool(tensor.isfinite().all())), None)
        if broken is not None:
            raise ModelFileError(f"the tensor {broken} holds numbers that are not finite; train the model anew")
        if isinstance(model.preprocessing, Preprocessing) and model.preprocessing.whitens:
            mean, matrix = (weights.pop(name) for name in WHITENING)
            whitening = Whitening(mean=mean, matrix=matrix)
            model = replace(model, preprocessing=replace(model.preprocessing, whitening=whitening))
        if facts is not None:
            code, picture = (
                Gauge(weights.pop(projection), weights.pop(centers), getattr(facts, gauge).limit)
                for gauge, (projection, centers) in GAUGES.items()
            )
            model = replace(model, familiarity=Familiarity(code=code, picture=picture))
        return replace(model, weights=weights)


def is_model(path: str | Path) -> bool:
    """Whether a file says that it is a model file, be it whole, damaged or of another version.

    >>> is_model("weights.pth")
    False
    """
    try:
        with safetensors.safe_open(path, framework="pt") as content:
            return KEY in (content.metadata() or {})
    except (OSError, safetensors.SafetensorError):
        return False


def _locate(path: Path) -> Path:
    """The model file that a path means."""
    if path.is_dir():
        if (path / MODEL).is_file():
            return path / MODEL
        if (path / RECIPE).is_file():
            raise ModelFileError(
                f"the run {path} has no {MODEL} yet; finish it with `neocog train --resume --out {path}`"
            )
        raise ModelFileError(f"{path} is a folder, but not a run's (it has no {MODEL}); {_FOREIGN}")
    if not path.exists():
        raise ModelFileError(f"there is no model at {path}; {_FOREIGN}")
    if not path.is_file():
        raise ModelFileError(f"{path} is no regular file; {_FOREIGN}")
    return path


@contextmanager
def _about(path: Path) -> Iterator[None]:
    """Open every message with the file's name."""
    try:
        yield
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from error


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The file's header, read and judged by safetensors itself; tensors are read on demand."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
        with safetensors.safe_open(path, framework="pt") as content:
            yield content
    except OSError as error:
        raise ModelFileError(
            f"it cannot be read ({error.strerror or error}); check the disk and its permissions"
        ) from error
    except safetensors.SafetensorError as error:
        _refuse_broken(head, str(error).rpartition("header: ")[2])


def _refuse_broken(head: bytes, reason: str) -> NoReturn:
    """Say what the file is instead, by its first bytes, or that it is broken."""
    if not head:
        raise ModelFileError("the file is empty; copy it again, or train the model anew")
    kind = next((kind for start, kind in _STARTS.items() if head.startswith(start)), None)
    if kind is None and all(byte >= 32 or byte in b"\t\n\r" for byte in head):
        kind = "text"
    if kind is not None and head[8:9] not in (b"", b"{"):  # there every safetensors file has its `{`
        raise ModelFileError(f"this is {kind}, not a model file; {_FOREIGN}")
    raise ModelFileError(f"this is no whole safetensors file ({reason}); copy it again, it may have been cut short")


# -- what the file says ------------------------------------------------------------------------------------------------


def _canonical(document: Mapping[str, Any]) -> str:
    """JSON with sorted keys, no spaces and ASCII only: one text for one meaning."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _digest(document: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> str:
    """The SHA-256 of all that a file says and holds, in hexadecimal."""
    digest = hashlib.sha256(_canonical(document).encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].numpy().data)
    return digest.hexdigest()


def _document(model: Model, facts: _FamiliarityFacts | None) -> dict[str, Any]:
    """What the metadata says, all but the digest."""
    document = {
        "format": FORMAT,
        "network": repr(model.network),
        "task": model.task,
        "classes": list(model.classes),
        "preprocessing": _preprocessing(model.preprocessing),
        "calibration": model.calibration,
        "threshold": float(model.threshold),
        "card": model.card,
    }
    if model.groups:
        document["groups"] = [[name, list(labels)] for name, labels in model.groups]
    if model.scale is not None:
        document["scale"] = to_dict(model.scale)
    return document if facts is None else {**document, "familiarity": to_dict(facts)}


def _whitening(preprocessing: AnyPreprocessing) -> Whitening | None:
    return preprocessing.whitening if isinstance(preprocessing, Preprocessing) else None


def _preprocessing(preprocessing: AnyPreprocessing) -> dict[str, Any]:
    """A preprocessing for JSON; its whitening is among the tensors."""
    if isinstance(preprocessing, Preprocessing):
        preprocessing = replace(preprocessing, whitening=None)
    return to_dict(preprocessing)


def _familiarity_facts(model: Model) -> _FamiliarityFacts | None:
    known = model.familiarity
    if known is None:
        return None
    code, picture = (
        _GaugeFacts(dimensions=gauge.projection.shape[1], limit=gauge.limit) for gauge in (known.code, known.picture)
    )
    return _FamiliarityFacts(code=code, picture=picture)


def _read(metadata: Mapping[str, str]) -> dict[str, Any]:
    """What the metadata says, where it is that of a model of this version."""
    if KEY not in metadata:
        raise ModelFileError(
            f"this is a safetensors file, but not a neocog model (its metadata has no `{KEY}`); {_FOREIGN}"
        )
    others = sorted(set(metadata) - {KEY})
    if others:
        raise ModelFileError(f"its metadata must hold `{KEY}` alone, got {', '.join(others)[:80]} too; {DAMAGED}")
    document = description(metadata[KEY])
    if "events" in document and "network" not in document:
        raise ModelFileError(
            f"this is the checkpoint of a run, not its model; give the {MODEL} beside it, or its folder"
        )
    check_version(document)
    return document


def _described(document: Mapping[str, Any]) -> tuple[Model, _FamiliarityFacts | None]:
    """The model that the metadata describes, its tensors still to come, and what it says of its gauges."""
    facts = _facts({name: value for name, value in document.items() if name != "format"})
    model = Model(
        network=_network(facts.network),
        weights={},
        task=facts.task,
        classes=facts.classes,
        preprocessing=facts.preprocessing,
        calibration=facts.calibration,
        threshold=facts.threshold,
        card=facts.card,
        groups=facts.groups,
        scale=facts.scale,
    )
    return model, facts.familiarity


def _facts(document: dict[str, Any]) -> _OfImages | _OfNumbers | _OfWords:
    prepared = document.get("preprocessing")
    keys = prepared if isinstance(prepared, dict) else {}
    kind: type[_OfImages | _OfNumbers | _OfWords] = next(
        (kind for key, kind in _OTHERS.items() if key in keys), _OfImages
    )
    missing = [each.name for each in fields(kind) if each.name not in document and each.default is MISSING]
    if missing:
        raise ModelFileError(f"its metadata must say {', '.join(missing)}; {DAMAGED}")
    try:
        return from_dict(kind, document)
    except RecipeError as error:
        raise ModelFileError(f"its metadata is wrong: {str(error).partition('; ')[0][:200]}; {DAMAGED}") from error


def _network(text: str) -> Network:
    try:
        return parse(text)
    except NetworkError as error:
        raise ModelFileError(f"its network cannot be read: {str(error).partition('; ')[0][:300]}; {DAMAGED}") from error


# -- what the file holds -----------------------------------------------------------------------------------------------


def _check_tensors(
    model: Model, gauges: _FamiliarityFacts | None, found: Mapping[str, tuple[str, tuple[int, ...]]]
) -> None:
    """The tensors (type and shape by name) must be exactly the network's, those of the whitening and of the gauges."""
    network, preprocessing = model.network, model.preprocessing
    learned = cost(network).params
    if learned > MOST_PARAMS:
        raise ModelFileError(f"its network learns {learned:,} numbers, more than {MOST_PARAMS:,}; {DAMAGED}")
    frame = build(network, device="meta").state_dict()
    wanted = {name: tuple(tensor.shape) for name, tensor in frame.items() if tensor.is_floating_point()}
    if isinstance(preprocessing, Preprocessing) and preprocessing.whitens:
        numbers = math.prod(preprocessing.size) * preprocessing.channels
        wanted |= dict(zip(WHITENING, ((numbers,), (numbers, numbers)), strict=True))
    if gauges is not None:
        channels = model.pictured.channels
        first = statistics_length(channels, color=False)  # a file from before color was looked at
        told = found.get(GAUGES["picture"][0], ("", ()))[1]
        lengths = (code_length(network), first if told[:1] == (first,) else statistics_length(channels))
        for (gauge, names), length in zip(GAUGES.items(), lengths, strict=True):
            size = getattr(gauges, gauge).dimensions
            wanted |= dict(zip(names, ((length, size), (model.kinds, size)), strict=True))
    for name, shape in wanted.items():
        if name not in found:
            raise ModelFileError(f"the tensor {name} is missing; {DAMAGED}")
        if found[name] != ("F32", shape):
            got = f"{found[name][0]} of shape {found[name][1]}"
            raise ModelFileError(f"the tensor {name} must be F32 of shape {shape}, got {got}; {DAMAGED}")
    extra = next((name for name in found if name not in wanted), None)
    if extra is not None:
        raise ModelFileError(
            f"the tensor {extra[:80]!r} belongs to no layer ({nearest(extra[:80], wanted)}); {DAMAGED}"
        )
