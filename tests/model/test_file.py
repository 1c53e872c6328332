"""The model file: the same model is the same bytes; whatever is not a whole model file is refused in one message."""

import errno
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import safetensors
import safetensors.torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from neocog.core.errors import ModelFileError, StorageError
from neocog.data import fitted
from neocog.model import Model, is_model, load, logits, save, to_bytes

Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes bytes as `m.safetensors`."""

    def write(content: bytes) -> Path:
        path = tmp_path / "m.safetensors"
        path.write_bytes(content)
        return path

    return write


def _document(model: Model) -> dict[str, Any]:
    header = to_bytes(model)
    length = struct.unpack("<Q", header[:8])[0]
    document: dict[str, Any] = json.loads(json.loads(header[8 : 8 + length])["__metadata__"]["neocog"])
    return document


def _file(model: Model, changes: dict[str, Any] | str, tensors: dict[str, Tensor] | None = None) -> bytes:
    """A model file by safetensors itself, with parts of the metadata replaced (`...` takes one out) or all of it.

    It has no digest, as files had none at first.
    """
    text = changes
    if not isinstance(changes, str):
        document = {**_document(model), "digest": ..., **changes}
        text = json.dumps({name: value for name, value in document.items() if value is not ...})
    assert isinstance(text, str)
    return safetensors.torch.save(dict(model.weights) if tensors is None else tensors, metadata={"neocog": text})


IMAGES = np.random.default_rng(1).integers(0, 256, (40, 3, 12, 12), dtype=np.uint8)


def _whitened(model: Model, kind: Literal["pca", "zca"]) -> Model:
    return replace(model, preprocessing=fitted(replace(model.preprocessing, normalize=kind), IMAGES))


# -- what comes back ---------------------------------------------------------------------------------------------------


def test_everything_comes_back(small: Model, tmp_path: Path) -> None:
    save(small, tmp_path / "m.safetensors")
    back = load(tmp_path / "m.safetensors")
    for name in ("network", "classes", "preprocessing", "task", "calibration", "threshold", "card"):
        assert getattr(back, name) == getattr(small, name), name
    assert back.weights.keys() == small.weights.keys()
    assert all(torch.equal(back.weights[name], small.weights[name]) for name in small.weights)
    images = np.random.default_rng(1).integers(0, 256, (4, 3, 12, 12), dtype=np.uint8)
    np.testing.assert_array_equal(
        logits(back.module(), images, back.preprocessing), logits(small.module(), images, small.preprocessing)
    )


def test_the_defaults_come_back(small: Model, tmp_path: Path) -> None:
    plain = replace(small, calibration=None, threshold=0.0, card={})
    save(plain, tmp_path / "m.safetensors")
    back = load(tmp_path / "m.safetensors")
    assert (back.calibration, back.threshold, back.card) == (None, 0.0, {})


def test_the_short_side_comes_back_and_is_not_told_where_there_is_none(small: Model, write: Write) -> None:
    wanted = replace(small.preprocessing, resize="crop", short=14)
    assert load(write(to_bytes(replace(small, preprocessing=wanted)))).preprocessing == wanted
    assert "short" not in _document(small)["preprocessing"], "older files and newer ones are the same bytes"


def test_what_normalizes_further_comes_back_and_is_not_told_where_nothing_does(small: Model, write: Write) -> None:
    wanted = replace(small.preprocessing, normalize="image")
    assert load(write(to_bytes(replace(small, preprocessing=wanted)))).preprocessing == wanted
    assert _document(small)["preprocessing"].keys().isdisjoint({"normalize", "whitening"}), (
        "older files stay as they are"
    )


@pytest.mark.parametrize("kind", ["pca", "zca"])
def test_a_whitening_comes_back(small: Model, write: Write, kind: Literal["pca", "zca"]) -> None:
    model = _whitened(small, kind)
    content = to_bytes(model)
    back = load(write(content))
    assert to_bytes(back) == content
    assert back.preprocessing.whitening is not None
    assert "whitening" not in _document(model)["preprocessing"], "it is tensors"
    assert back.weights.keys() == small.weights.keys(), "it belongs to the preprocessing"
    np.testing.assert_array_equal(
        logits(back.module(), IMAGES, back.preprocessing), logits(model.module(), IMAGES, model.preprocessing)
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mean": None}, r"the tensor preprocessing\.whitening\.mean is missing; the file is damaged"),
        ({"matrix": None}, r"the tensor preprocessing\.whitening\.matrix is missing"),
        ({"mean": torch.zeros(431)}, r"whitening\.mean must be F32 of shape \(432,\), got F32 of shape \(431,\)"),
        ({"matrix": torch.zeros(432, 9)}, r"whitening\.matrix must be F32 of shape \(432, 432\), got F32 of .*9\)"),
        ({"mean": torch.full((432,), torch.nan)}, r"whitening\.mean holds numbers that are not finite"),
    ],
)
def test_a_whitening_that_is_lost_or_misshapen(
    small: Model, write: Write, changes: dict[str, Tensor | None], message: str
) -> None:
    whitening = _whitened(small, "zca").preprocessing.whitening
    assert whitening is not None
    parts = {"mean": whitening.mean, "matrix": whitening.matrix, **changes}
    tensors = {f"preprocessing.whitening.{name}": part for name, part in parts.items() if part is not None}
    told = {"preprocessing": {**_document(small)["preprocessing"], "normalize": "zca"}}
    with pytest.raises(ModelFileError, match=message):
        load(write(_file(small, told, {**small.weights, **tensors})))


def test_a_whitening_that_nothing_tells_of(small: Model, write: Write) -> None:
    extra = {"preprocessing.whitening.mean": torch.zeros(432)}
    with pytest.raises(ModelFileError, match=r"the tensor 'preprocessing\.whitening\.mean' belongs to no layer"):
        load(write(_file(small, {}, {**small.weights, **extra})))


def test_saving_a_model_without_its_whitening(small: Model) -> None:
    with pytest.raises(ModelFileError, match=r"the tensor preprocessing\.whitening\.mean is missing"):
        to_bytes(replace(small, preprocessing=replace(small.preprocessing, normalize="zca")))


def test_a_run_folder_is_its_model(small: Model, tmp_path: Path) -> None:
    save(small, tmp_path / "run" / "model.safetensors")
    assert to_bytes(load(tmp_path / "run")) == to_bytes(small)


def test_a_loaded_model_does_not_hang_on_its_file(small: Model, write: Write) -> None:
    path = write(to_bytes(small))
    back = load(path)
    path.write_bytes(b"\xff" * path.stat().st_size)  # in place, as no neocog would
    assert torch.equal(back.weights["dense1.weight"], small.weights["dense1.weight"])


def test_other_readers_open_it(small: Model, write: Write) -> None:
    with safetensors.safe_open(write(to_bytes(small)), framework="numpy") as file:
        assert list(file.metadata()) == ["neocog"]
        np.testing.assert_array_equal(file.get_tensor("dense1.weight"), small.weights["dense1.weight"].numpy())


# -- one file for one model --------------------------------------------------------------------------------------------


def test_equal_models_are_equal_files(small: Model, write: Write) -> None:
    content = to_bytes(small)
    shuffled = replace(
        small,
        weights=dict(reversed(small.weights.items())),
        card=dict(reversed(small.card.items())),
    )
    assert to_bytes(shuffled) == content
    assert to_bytes(load(write(content))) == content


def test_another_process_writes_the_same_file(small: Model, write: Write) -> None:
    path = write(to_bytes(small))
    program = (
        "import sys; from neocog.model import load, to_bytes; sys.stdout.buffer.write(to_bytes(load(sys.argv[1])))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "1"}
    other = subprocess.run([sys.executable, "-c", program, path], check=True, capture_output=True, env=environment)
    assert other.stdout == path.read_bytes()


def test_the_metadata_is_canonical(small: Model) -> None:
    length = struct.unpack("<Q", to_bytes(small)[:8])[0]
    text = json.loads(to_bytes(small)[8 : 8 + length])["__metadata__"]["neocog"]
    document = json.loads(text)
    assert text == json.dumps(document, sort_keys=True, separators=(",", ":"))
    assert text.isascii()
    assert set(document) == {
        "format", "network", "task", "classes", "preprocessing", "calibration", "threshold", "card", "digest"
    }  # fmt: skip


def test_an_integer_threshold_is_the_same_model(small: Model) -> None:
    assert to_bytes(replace(small, threshold=1)) == to_bytes(replace(small, threshold=1.0))


def test_half_precision_weights_are_written_in_float32(small: Model, write: Write) -> None:
    half = replace(small, weights={name: tensor.half() for name, tensor in small.weights.items()})
    back = load(write(to_bytes(half)))
    assert {tensor.dtype for tensor in back.weights.values()} == {torch.float32}


# -- writing -----------------------------------------------------------------------------------------------------------


def test_saving_replaces_the_old_file_whole(small: Model, write: Write) -> None:
    path = write(b"old")
    save(small, path)
    assert path.read_bytes() == to_bytes(small)
    assert list(path.parent.iterdir()) == [path]


def test_saving_over_a_folder(small: Model, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"a model must be saved as a file, and .* is a folder; save it as .*model"):
        save(small, tmp_path)


def test_saving_a_model_without_its_weights(small: Model, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"the tensor conv1\.weight is missing"):
        save(replace(small, weights={}), tmp_path / "m.safetensors")
    assert not (tmp_path / "m.safetensors").exists()


# -- no file -----------------------------------------------------------------------------------------------------------


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"there is no model at .*nope; give the model.safetensors, or the folder"):
        load(tmp_path / "nope")


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"cannot be reached \(File name too long\); check the path"):
        load(tmp_path / ("n" * 300))


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"is a folder, but not a run's \(it has no model.safetensors\); give"):
        load(tmp_path)


def test_a_run_without_a_model(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text("format = 1\n")
    with pytest.raises(ModelFileError, match=r"the run .* has no model.safetensors yet; finish it with .*--resume"):
        load(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelFileError, match="is no regular file"):
        load(tmp_path / "pipe")


def test_a_disk_that_fails(small: Model, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path, framework: str) -> None:
        raise OSError(errno.EIO, "Input/output error")

    path = write(to_bytes(small))
    monkeypatch.setattr("neocog.model.file.safetensors.safe_open", fail)
    with pytest.raises(ModelFileError, match=r"it cannot be read \(Input/output error\); check the disk"):
        load(path)


# -- no model file -----------------------------------------------------------------------------------------------------


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_cut_short_at_any_byte(small: Model, write: Write, data: st.DataObject) -> None:
    content = to_bytes(small)
    kept = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(ModelFileError, match=r"is no whole safetensors file|the file is empty") as caught:
        load(write(content[:kept]))
    assert str(caught.value).count("m.safetensors") == 1


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_flipped_byte_is_refused(small: Model, write: Write, data: st.DataObject) -> None:
    content = to_bytes(small)
    damaged = bytearray(content)
    place = data.draw(st.one_of(st.integers(0, 1500), st.integers(0, len(content) - 1)))
    damaged[place] ^= data.draw(st.integers(1, 255))
    try:
        read = load(write(bytes(damaged)))
    except ModelFileError:
        return
    assert to_bytes(read) == content, "spaces between words of the header may change, and nothing else"


@pytest.mark.parametrize("bit", range(8))
@pytest.mark.parametrize("place", [-1, -2, -100, -600])
def test_a_flipped_bit_in_a_weight_is_damage(small: Model, write: Write, place: int, bit: int) -> None:
    content = bytearray(to_bytes(small))
    content[place] ^= 1 << bit
    with pytest.raises(ModelFileError, match=r"its content is not what was saved \(another digest\); the file is dam"):
        load(write(bytes(content)))


@pytest.mark.parametrize(("name", "value"), [("threshold", 0.125), ("classes", ["ant", "bee", "kat"]), ("card", {})])
def test_a_description_that_was_changed_is_damage(small: Model, write: Write, name: str, value: object) -> None:
    document = _document(small)
    assert document[name] != value
    with pytest.raises(ModelFileError, match=r"its content is not what was saved \(another digest\); the file is dam"):
        load(write(_file(small, {name: value, "digest": document["digest"]})))


@pytest.mark.parametrize("digest", ["", "0" * 64, 5, []])
def test_a_digest_that_is_none(small: Model, write: Write, digest: object) -> None:
    with pytest.raises(ModelFileError, match=r"its content is not what was saved \(another digest\); the file is dam"):
        load(write(_file(small, {"digest": digest})))


def test_weights_that_changed_places_are_damage(small: Model, write: Write) -> None:
    one, other = "norm1.weight", "norm1.bias"
    swapped = {**small.weights, one: small.weights[other], other: small.weights[one]}
    assert not torch.equal(swapped[one], swapped[other])
    with pytest.raises(ModelFileError, match="its content is not what was saved"):
        load(write(_file(small, {"digest": _document(small)["digest"]}, swapped)))


def test_what_says_that_it_is_a_model_is_told_from_the_rest(small: Model, write: Write) -> None:
    content = to_bytes(small)
    assert is_model(write(content))
    assert is_model(write(content[:-1] + b"!"))
    assert is_model(write(_file(small, {"format": 2})))
    path = write(safetensors.torch.save(dict(small.weights)))
    assert not is_model(path)
    assert not is_model(path.parent)
    assert not is_model(write(content[:-1]))


def test_a_file_from_before_the_digest_opens(small: Model, write: Write) -> None:
    back = load(write(_file(small, {})))
    assert to_bytes(back) == to_bytes(small)


def test_a_card_with_numbers_for_keys_can_be_read_again(small: Model, write: Write) -> None:
    card: dict[Any, str] = {2: "b", 10: "a"}
    assert load(write(to_bytes(replace(small, card=card)))).card == {"2": "b", "10": "a"}


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_noise(write: Write, content: bytes) -> None:
    with pytest.raises(ModelFileError, match=r"m\.safetensors: "):
        load(write(content))


def test_bytes_after_the_end(small: Model, write: Write) -> None:
    with pytest.raises(ModelFileError, match=r"is no whole safetensors file .*; copy it again"):
        load(write(to_bytes(small) + b"\0"))


class _Explosive:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("a pickle was run",))


def _zip(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty; copy it again"),
        (pickle.dumps(_Explosive(), protocol=2), r"this is a Python pickle \(which could run code\), not a model file"),
        (pickle.dumps(_Explosive(), protocol=5), "this is a Python pickle"),
        (_zip(pickle.dumps(_Explosive())), r"this is a zip archive \(as torch.save writes, which could run code\)"),
        (b"# a model\n\nNetwork(input=(1, 28, 28))\n", "this is text, not a model file; give the model.safetensors"),
        ("Ein Modell für Käfer".encode(), "this is text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "this is an image"),
        (b"\x89HDF\r\n\x1a\n" + bytes(40), "this is an HDF5 file"),
        (struct.pack("<Q", 2**62) + b"{}", r"no whole safetensors file \(header too large\)"),
        (struct.pack("<Q", 99_999_999) + b"{}", r"no whole safetensors file \(invalid header length"),
        (struct.pack("<Q", 0), "no whole safetensors file"),
        (struct.pack("<Q", 200_000) + b"[" * 200_000, "no whole safetensors file"),
        (struct.pack("<Q", 640) + b"{" + b" " * 100, "no whole safetensors file"),
    ],
)
def test_files_of_another_kind(write: Write, content: bytes, message: str) -> None:
    with pytest.raises(ModelFileError, match=message):
        load(write(content))


def test_offsets_that_overlap_or_leave_gaps(write: Write) -> None:
    for spans in (((0, 4), (0, 4)), ((0, 4), (8, 12)), ((0, 4), (4, 2**40))):
        entries = {
            name: {"dtype": "F32", "shape": [1], "data_offsets": list(span)}
            for name, span in zip("ab", spans, strict=True)
        }
        header = json.dumps({"__metadata__": {"neocog": "{}"}, **entries}).encode()
        with pytest.raises(ModelFileError, match=r"is no whole safetensors file"):
            load(write(struct.pack("<Q", len(header)) + header + bytes(12)))


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}])
def test_a_safetensors_file_of_someone_else(write: Write, metadata: dict[str, str] | None) -> None:
    content = safetensors.torch.save({"fc.weight": torch.zeros(2, 2)}, metadata=metadata)
    with pytest.raises(
        ModelFileError, match=r"a safetensors file, but not a neocog model \(its metadata has no `neocog`"
    ):
        load(write(content))


def test_a_checkpoint_is_told_from_a_model(write: Write) -> None:
    content = safetensors.torch.save({"loss_sum": torch.zeros(1)}, {"neocog": json.dumps({"format": 1, "events": 9})})
    with pytest.raises(ModelFileError, match="this is the checkpoint of a run, not its model; give the model.safetens"):
        load(write(content))


def test_more_metadata_than_ours(small: Model, write: Write) -> None:
    content = safetensors.torch.save(
        dict(small.weights), metadata={"neocog": json.dumps(_document(small)), "format": "pt"}
    )
    with pytest.raises(
        ModelFileError, match="its metadata must hold `neocog` alone, got format too; the file is damaged"
    ):
        load(write(content))


# -- metadata that is not right ----------------------------------------------------------------------------------------


def test_a_future_version(small: Model, write: Write) -> None:
    future = _file(small, {"format": 2, "network": "Tomorrow()", "surprise": 1})
    with pytest.raises(ModelFileError, match=r"it has format 2, and this version of neocog reads 1; update with `pip"):
        load(write(future))


@pytest.mark.parametrize("version", [0, -1, True, 1.5, "1", None, [1], ...])
def test_a_version_that_is_none(small: Model, write: Write, version: object) -> None:
    with pytest.raises(ModelFileError, match="its `format` must be 1, got "):
        load(write(_file(small, {"format": version})))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "its metadata is not JSON"),
        ("{", "its metadata is not JSON"),
        ("[" * 100_000, r"its metadata is not JSON \(nested too deeply\)"),
        ("[1]", "its metadata must be a JSON object, got a list"),
        ('{"format": 1, "format": 2}', r"its metadata is not JSON \(a name is given twice\)"),
        ('{"format": NaN}', "NaN is not a finite number"),
        ('{"format": 1e999}', "1e999 is not a finite number"),
        ('{"format": ' + "1" * 5000 + "}", "its metadata is not JSON"),
    ],
)
def test_metadata_that_is_no_object(small: Model, write: Write, text: str, message: str) -> None:
    with pytest.raises(ModelFileError, match=message):
        load(write(_file(small, text)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"classes": ..., "card": ...}, "its metadata must say classes, card; the file is damaged"),
        ({"clases": []}, "its metadata is wrong: unknown key 'clases'"),
        ({"classes": "abc"}, "its metadata is wrong: `classes` must be"),
        ({"classes": [1, 2, 3]}, "its metadata is wrong: `classes` must be"),
        ({"classes": ["a", "b"]}, "its network must end in 2 numbers, one a class"),
        ({"task": "text"}, "its metadata is wrong: `task` must be 'class', 'classes', 'number' or 'mask', not 'text'"),
        ({"threshold": "high"}, "its metadata is wrong: `threshold` must be"),
        ({"threshold": 2}, "its threshold must lie between 0 and 1"),
        ({"calibration": [1]}, "its metadata is wrong: `calibration` must be"),
        ({"calibration": {"temperature": -1}}, "the temperature of its calibration must be a positive number"),
        ({"card": []}, "its metadata is wrong: `card` must be"),
        ({"preprocessing": []}, "its metadata is wrong: `preprocessing` must be"),
        ({"preprocessing": {}}, "its metadata is wrong: `preprocessing.size` must be"),
        ({"preprocessing": {"size": [12], "channels": 3}}, "its metadata is wrong: `preprocessing.size` must be"),
        ({"preprocessing": {"size": [12, 1e9], "channels": 3}}, "its size must be 1 to 8192 pixels"),
        ({"preprocessing": {"size": [12, 12], "channels": 2}}, "`preprocessing.channels` must be"),
        ({"preprocessing": {"size": [12, 12], "channels": 3, "resize": "zoom"}}, "`preprocessing.resize` must be"),
        ({"preprocessing": {"size": [12, 12], "channels": 3, "colour": 1}}, "unknown key 'preprocessing.colour'"),
        ({"preprocessing": {"size": [12, 12], "channels": 3, "border": 9}}, "its border must leave room"),
        ({"preprocessing": {"size": [12, 12], "channels": 3, "short": 5}}, "its short side must be 12 to 8192 pixels"),
        ({"preprocessing": {"size": [12, 12], "channels": 3, "short": "x"}}, "`preprocessing.short` must be"),
        ({"preprocessing": {"size": [12, 12], "channels": 3, "deviation": [0]}}, "its deviation must be positive"),
        ({"preprocessing": {"size": [12, 12], "channels": 3, "normalize": "set"}}, "`preprocessing.normalize` must be"),
        ({"preprocessing": {"size": [12, 12], "channels": 3, "whitening": {}}}, "`preprocessing.whitening` must be"),
        ({"network": 5}, "its metadata is wrong: `network` must be"),
        ({"network": ""}, "its network cannot be read: "),
        ({"network": "__import__('os').system('touch hacked')"}, "its network cannot be read: "),
        ({"network": "Network(input=(3, 12, 12), layers=(Teleport(),))"}, "its network cannot be read: .*Teleport"),
        ({"network": "(" * 100_000}, "its network cannot be read: "),
        ({"network": "Network(" + "9" * 600_000 + ")"}, "its network cannot be read: "),
        ({"network": "Network(input=(3, 12, 12), layers=(Repeat(10**9, ReLU()),))"}, "its network cannot be"),
        ({"network": "Network(input=(3, 12, 12), layers=(Repeat(1000000000, ReLU()),))"}, "its network cannot be"),
        ({"network": "Network((3, 12, 12), (Conv(3, 50), Flatten(), Dense(3)))"}, "its network cannot be: layer"),
        (
            {"network": "Network(input=(3, 12, 12), layers=(Flatten(), Dense(99999999), Dense(99999999), Dense(3)))"},
            "its network learns 10,000,.* numbers, more than 68,719,476,736",
        ),
    ],
)  # fmt: skip
def test_metadata_that_is_wrong(
    small: Model, write: Write, changes: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(_file(small, changes))
    monkeypatch.chdir(path.parent)
    with pytest.raises(ModelFileError, match=message) as caught:
        load(path)
    assert len(str(caught.value)) < len(str(path)) + 500, "one clear message, however long the wrong value"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name], "reading runs nothing"


# -- tensors that are not the network's --------------------------------------------------------------------------------


def test_a_missing_tensor(small: Model, write: Write) -> None:
    tensors = {name: tensor for name, tensor in small.weights.items() if name != "norm1.running_var"}
    with pytest.raises(ModelFileError, match=r"the tensor norm1\.running_var is missing; the file is damaged"):
        load(write(_file(small, {}, tensors)))


def test_an_extra_tensor(small: Model, write: Write) -> None:
    tensors = {**small.weights, "dense1.wait": torch.zeros(1)}
    with pytest.raises(ModelFileError, match=r"the tensor 'dense1.wait' belongs to no layer \(did you mean 'dense1.w"):
        load(write(_file(small, {}, tensors)))


def test_a_tensor_of_another_shape(small: Model, write: Write) -> None:
    tensors = {**small.weights, "dense1.bias": torch.zeros(4)}
    with pytest.raises(ModelFileError, match=r"dense1.bias must be F32 of shape \(3,\), got F32 of shape \(4,\)"):
        load(write(_file(small, {}, tensors)))


def test_a_tensor_of_another_type(small: Model, write: Write) -> None:
    tensors = {**small.weights, "dense1.bias": torch.zeros(3, dtype=torch.float16)}
    with pytest.raises(ModelFileError, match=r"dense1.bias must be F32 of shape \(3,\), got F16 of shape \(3,\)"):
        load(write(_file(small, {}, tensors)))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_tensor_that_is_not_finite(small: Model, write: Write, bad: float) -> None:
    tensors = {**small.weights, "dense1.bias": torch.tensor([0.0, bad, 0.0])}
    with pytest.raises(ModelFileError, match=r"the tensor dense1\.bias holds numbers that are not finite; train"):
        load(write(_file(small, {}, tensors)))


def test_a_header_is_judged_before_any_tensor(small: Model, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    open_ = safetensors.safe_open

    class Counting:
        def __init__(self, path: Path, framework: str) -> None:
            self.inner = open_(path, framework=framework)

        def __enter__(self) -> "Counting":
            self.inner.__enter__()
            return self

        def __exit__(self, *reason: Any) -> None:
            self.inner.__exit__(*reason)

        def __getattr__(self, name: str) -> Any:
            if name == "get_tensor":
                read.append(name)
            return getattr(self.inner, name)

    monkeypatch.setattr("neocog.model.file.safetensors.safe_open", Counting)
    for changes, tensors in (({"format": 2}, None), ({}, {**small.weights, "extra": torch.zeros(1)})):
        with pytest.raises(ModelFileError):
            load(write(_file(small, changes, tensors)))
        assert not read
    load(write(to_bytes(small)))
    assert len(read) == len(small.weights)
