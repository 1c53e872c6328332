"""What all tests share: the real data beside the repository, where it is there."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # a crowded machine is slow, not wrong
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data (`NEOCOG_SHARED`, else `../shared/data`); skips where there is none."""
    folder = Path(os.environ.get("NEOCOG_SHARED", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set NEOCOG_SHARED to run this test")
    return folder


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or fills the user's own cache."""
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
