"""Weights from elsewhere: files of both kinds, renaming, and what is refused."""

from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from neocog.build.weights import load_weights, our_names, read_weights
from neocog.core.errors import ModelFileError


def small(classes: int = 3) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, classes))


def equal(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> bool:
    return list(left) == list(right) and all(torch.equal(left[name], right[name]) for name in left)


@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".pt"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_a_file_gives_back_its_tensors(tmp_path: Path, suffix: str, prefix: str) -> None:
    state = small().state_dict()
    path = tmp_path / f"weights{suffix}"
    stored = {prefix + name: tensor for name, tensor in state.items()}
    if suffix == ".safetensors":
        safetensors.torch.save_file(stored, path)
    else:
        torch.save(stored, path)
    read = read_weights(path)
    assert set(read) == set(stored)
    model = small()
    loaded = load_weights(model, read)
    assert (loaded.fresh, loaded.classes, loaded.note) == (None, None, "9 tensors loaded")
    assert equal(model.state_dict(), state)


@pytest.mark.parametrize("wrapper", ["state_dict", "model_state_dict", "model"])
def test_a_training_checkpoint_is_unwrapped(tmp_path: Path, wrapper: str) -> None:
    path = tmp_path / "checkpoint.pth"
    torch.save({wrapper: small().state_dict(), "epoch": 3}, path)
    assert set(read_weights(path)) == set(small().state_dict())


def test_only_a_prefix_of_all_names_is_dropped_and_none_that_is_the_networks_own() -> None:
    state = small().state_dict()
    with pytest.raises(ModelFileError, match=r"0\.weight is missing, module\.0\.weight is unknown"):
        load_weights(small(), {"module.0.weight" if name == "0.weight" else name: state[name] for name in state})
    own = nn.ModuleDict({"module": small()})
    given = {name: tensor + 1 for name, tensor in own.state_dict().items()}
    load_weights(own, given)
    assert equal(own.state_dict(), given)


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evil.pth"
    torch.save(small(), path)
    with pytest.raises(
        ModelFileError, match=r"must hold tensors alone \(reading .*\); save the model's state_dict\(\)"
    ):
        read_weights(path)


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"no file of weights at .*none\.pth; check the path"):
        read_weights(tmp_path / "none.pth")
    (tmp_path / "weights.h5").write_bytes(b"x")
    with pytest.raises(ModelFileError, match=r"must be a \.safetensors, \.pth or \.pt file, got weights\.h5; convert"):
        read_weights(tmp_path / "weights.h5")
    whole = safetensors.torch.save(small().state_dict())
    (tmp_path / "cut.safetensors").write_bytes(whole[:-8])
    with pytest.raises(ModelFileError, match=r"cut\.safetensors is not a whole safetensors file .*; fetch it again"):
        read_weights(tmp_path / "cut.safetensors")
    torch.save(small().state_dict(), tmp_path / "whole.pth")
    (tmp_path / "cut.pth").write_bytes((tmp_path / "whole.pth").read_bytes()[:-400])
    with pytest.raises(ModelFileError, match=r"cut\.pth is not a whole torch file; fetch it again"):
        read_weights(tmp_path / "cut.pth")
    (tmp_path / "empty.pth").write_bytes(b"")
    with pytest.raises(ModelFileError, match=r"empty\.pth is not a whole torch file"):
        read_weights(tmp_path / "empty.pth")
    torch.save({"epoch": 3}, tmp_path / "other.pth")
    with pytest.raises(ModelFileError, match=r"other\.pth holds no tensors by name; save the model's state_dict\(\)"):
        read_weights(tmp_path / "other.pth")
    safetensors.torch.save_file({}, tmp_path / "none.safetensors")
    with pytest.raises(ModelFileError, match=r"none\.safetensors holds no tensors by name; save"):
        read_weights(tmp_path / "none.safetensors")
    (tmp_path / "empty.safetensors").write_bytes(b"")
    with pytest.raises(ModelFileError, match=r"empty\.safetensors is not a whole safetensors file"):
        read_weights(tmp_path / "empty.safetensors")
    (tmp_path / "huge.safetensors").write_bytes((1 << 60).to_bytes(8, "little") + whole[8:])
    with pytest.raises(ModelFileError, match=r"huge\.safetensors is not a whole safetensors file .*too large"):
        read_weights(tmp_path / "huge.safetensors")
    (tmp_path / "text.pth").write_text("epoch,loss\n1,0.5\n")
    with pytest.raises(ModelFileError, match=r"text\.pth is not a whole torch file"):
        read_weights(tmp_path / "text.pth")


def test_names_are_mapped_by_the_first_pattern_up_to_a_dot_or_the_end() -> None:
    mapping = [
        (r"features\.0", "conv1"),
        (r"features\.(\d)", r"conv\1"),
        ("head|tail", "dense1"),
        ("gamma", "g.weight"),
    ]
    names = ["features.0.weight", "features.3.bias", "features.30.bias", "tail.w", "tails.w", "a.head.w", "gamma"]
    expected = ["conv1.weight", "conv3.bias", "features.30.bias", "dense1.w", "tails.w", "a.head.w", "g.weight"]
    assert list(our_names(names, mapping).values()) == expected
    with pytest.raises(
        ModelFileError, match=r"'4\.bias' and 'fc\.bias' of the file both mean '4\.bias' here; keep one"
    ):
        load_weights(small(), small().state_dict() | {"fc.bias": torch.ones(3)}, [("fc", "4")])


def test_tensors_of_another_kind_are_refused() -> None:
    state = small().state_dict()
    with pytest.raises(ModelFileError, match=r"0\.bias must hold numbers of the kind float32, got int8; take"):
        load_weights(small(), state | {"0.bias": torch.ones(2, dtype=torch.int8)})
    for odd in (state["4.weight"].to_sparse(), state["4.weight"].to("meta")):
        with pytest.raises(ModelFileError, match=r"4\.weight must be stored number by number; take"):
            load_weights(small(), state | {"4.weight": odd})
    with pytest.raises(
        ModelFileError, match=r'must hold memory for its weights, got one on "meta"; build it on the CPU'
    ):
        load_weights(small().to("meta"), state)


def test_another_number_of_classes_leaves_the_last_layer_fresh() -> None:
    model, given = small(classes=5), small(classes=1000).state_dict()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    loaded = load_weights(model, given)
    assert (loaded.fresh, loaded.classes) == ("4", 1000)
    assert (
        loaded.note
        == "7 tensors loaded; the last layer `4` starts fresh, since the file has 1000 classes and the data 5"
    )
    state = model.state_dict()
    assert all(torch.equal(state[name], given[name]) for name in loaded.names)
    assert all(torch.equal(state[name], before[name]) for name in ("4.weight", "4.bias"))


def test_what_does_not_match_is_listed_and_nothing_is_loaded() -> None:
    model, given = small(), small().state_dict()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    given["0.wieght"] = given.pop("0.weight") + 1
    given["1.bias"] = torch.ones(7)
    given["4.bias"] = given["4.bias"] + 1
    expected = (
        r"the weights do not fit the network: 0\.weight is missing, "
        r"0\.wieght is unknown \(did you mean '0\.weight'\?\), 1\.bias must be 2, got 7; take the network"
    )
    with pytest.raises(ModelFileError, match=expected):
        load_weights(model, given)
    assert equal(model.state_dict(), before)


def test_another_layer_than_the_last_must_fit_and_so_must_the_last_ones_inputs() -> None:
    wide = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(9, 3))
    with pytest.raises(ModelFileError, match=r"4\.weight must be 3x8, got 3x9"):
        load_weights(small(), wide.state_dict())


def test_what_does_not_fit_is_called_by_the_files_own_name() -> None:
    given = {
        {"0": "stem.0", "1": "stem.1", "4": "fc"}[name[0]] + name[1:]: each
        for name, each in small().state_dict().items()
    }
    given |= {"stem.0.bias": torch.ones(7), "fc.weight": torch.ones(3, 9)}
    expected = (
        r"the weights do not fit the network: stem\.0\.bias must be 2, got 7, fc\.weight must be 3x8, got 3x9; take"
    )
    with pytest.raises(ModelFileError, match=expected):
        load_weights(small(), given, [(r"stem\.(\d)", r"\1"), ("fc", "4")])


def test_many_misfits_are_cut_short() -> None:
    with pytest.raises(ModelFileError, match=r"x2 is unknown \(.*\), 6 more unknown; take"):
        load_weights(nn.Linear(1, 1), {f"x{index}": torch.ones(1) for index in range(9)})


def test_batch_counts_may_be_missing_and_half_precision_is_widened() -> None:
    state = small().state_dict()
    del state["1.num_batches_tracked"]
    model = small()
    load_weights(model, {name: tensor.half() for name, tensor in state.items()})
    assert all(tensor.dtype == torch.float32 for name, tensor in model.state_dict().items() if "num" not in name)
    assert torch.equal(model.state_dict()["4.weight"], state["4.weight"].half().float())
