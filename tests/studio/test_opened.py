"""What a path means, and that no name leads out of the opened folders."""

from pathlib import Path

import pytest

from neocog.core.errors import DataError, MissingRunError, RunError
from neocog.studio import Opened, open_path


def test_what_a_path_means(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_path() == Opened(Path("runs"))
    assert open_path(str(made)) == Opened(made)
    assert open_path(str(made / "first")) == Opened(made, "/runs/first/results")
    assert open_path(str(made / "first" / "model.safetensors")) == Opened(made, "/runs/first/results")
    (tmp_path / "empty").mkdir()
    assert open_path("empty").runs == tmp_path / "empty"
    photos = tmp_path / "my photos"
    (photos / "cat").mkdir(parents=True)
    assert open_path("my photos") == Opened(Path("runs"), "/data?path=my%20photos", str(photos))
    assert open_path("digits").data == "digits"
    alone = tmp_path / "alone.safetensors"
    alone.write_bytes((made / "first" / "model.safetensors").read_bytes())
    assert open_path(str(alone)) == Opened(Path("runs"), "/network?model", model=alone)
    with pytest.raises(RunError, match="there is nothing at nowhere; give a run, a folder of runs, a model file"):
        open_path("nowhere")


def test_a_run_that_is_not_judged_opens_on_its_training(made: Path, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "a b"
    run.mkdir(parents=True)
    (run / "recipe.toml").write_bytes((made / "first" / "recipe.toml").read_bytes())
    assert open_path(str(run)).start == "/runs/a%20b/training"


@pytest.mark.parametrize("name", ["", ".", "..", "../first", "a/b", "a\\b", "a\0b", "\n"])
def test_a_name_is_that_of_one_folder(made: Path, name: str) -> None:
    with pytest.raises(RunError, match="a run's name must be that of one folder, got"):
        Opened(made).run(name)


@pytest.mark.parametrize("name", [".hidden", "-rf"])
def test_a_name_begins_like_a_name(made: Path, name: str) -> None:
    with pytest.raises(RunError, match="a run's name must not begin with a dot or a dash"):
        Opened(made).run(name)


def test_a_run_that_is_gone(made: Path) -> None:
    with pytest.raises(MissingRunError, match="there is no run 'third' in .*; it was deleted, moved or renamed"):
        Opened(made).run("third")


def test_data_within_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here" / "photos").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    opened = Opened(Path("runs"), data=str(tmp_path / "named"))
    assert opened.data_path("digits") == "digits"
    assert opened.data_path("photos") == str(tmp_path / "here" / "photos")
    assert opened.data_path(str(tmp_path / "named" / "part")) == str(tmp_path / "named" / "part")
    (tmp_path / "here" / "link").symlink_to(tmp_path / "elsewhere")
    for outside in ("../elsewhere", "/etc", "link", "", " ", "a\0b"):
        with pytest.raises(DataError, match="data must lie below the folder that the studio was started in, got"):
            opened.data_path(outside)
