"""The header of a model file: what the library reads of it and what safetensors reads are the same."""

import json
import struct

import pytest
import torch
from safetensors.torch import save_file

from neocog.core.errors import ModelFileError
from neocog.core.header import FORMAT, KEY, check_version, description, read_description


def test_it_reads_what_safetensors_writes(tmp_path):
    said = {"format": FORMAT, "network": "Network(...)", "card": {"epochs": 3}}
    path = tmp_path / "model.safetensors"
    save_file({"dense1.weight": torch.zeros(2, 3)}, path, metadata={KEY: json.dumps(said)})
    assert read_description(path) == said


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ModelFileError, match=r"cannot be read \(No such file or directory\); give a model file"):
        read_description(tmp_path / "none.safetensors")


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 40, struct.pack("<Q", 10**18) + b"{}", struct.pack("<Q", 2) + b"{}"], ids=range(4)
)
def test_a_foreign_file(tmp_path, content):
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"is no model file of neocog; give the model\.safetensors that"):
        read_description(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"its metadata is not JSON \(Expecting property name"),
        ("[" * 100_000, r"its metadata is not JSON \(nested too deeply\); the file is damaged"),
        ('{"a": 1, "a": 2}', r"its metadata is not JSON \(a name is given twice\)"),
        ('{"a": NaN}', r"its metadata is not JSON \(NaN is not a finite number\)"),
        ("3", "its metadata must be a JSON object, got a int; the file is damaged"),
    ],
)
def test_a_description_that_is_damaged(text, message):
    with pytest.raises(ModelFileError, match=message):
        description(text)


@pytest.mark.parametrize("version", [None, 0, True, "1", 1.0])
def test_a_version_that_never_was(version):
    with pytest.raises(ModelFileError, match=r"its `format` must be 1, got .*; the file is damaged"):
        check_version({"format": version})


def test_a_version_of_the_future():
    with pytest.raises(ModelFileError, match=r"it has format 7, and this version of neocog reads 1; update with `pip"):
        check_version({"format": 7})
