"""What all tests share: the real data beside the repository, a browser, a server of weights, a cache of their own."""

import functools
import hashlib
import importlib.util
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import safetensors.torch
from hypothesis import HealthCheck, settings
from torch import nn

from neocog import zoo
from neocog.zoo.entry import ZOO

# a crowded machine is slow, not wrong
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data (`NEOCOG_SHARED`, else `../shared/data`); skips where there is none."""
    folder = Path(os.environ.get("NEOCOG_SHARED", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set NEOCOG_SHARED to run this test")
    return folder


@pytest.fixture(scope="session")
def load_bench() -> Iterator[Callable[[str], ModuleType]]:
    """A function that loads a file of `bench/` by its name; what lies beside it can be imported."""
    folder = ROOT / "bench"

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"bench_{name}", folder / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    sys.path.insert(0, str(folder))
    yield load
    sys.path.remove(str(folder))


@pytest.fixture
def released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, nn.Module], str]]:
    """A web server of weights, and a function that releases a module's there for a network of the zoo.

    It returns the name of the file; what else the entry says stays, and the cache is empty.
    """
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    folder = tmp_path / "server"
    folder.mkdir()
    http = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Silent, directory=str(folder)))
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()

    def release(name: str, module: nn.Module) -> str:
        entry, file = zoo.get(name), f"{name}.safetensors"
        safetensors.torch.save_file(module.state_dict(), folder / file)
        weights = zoo.Weights(
            source="a server of our own",
            url=f"http://127.0.0.1:{http.server_address[1]}/{file}",
            digest=hashlib.sha256((folder / file).read_bytes()).hexdigest()[:12],
            license="CC0-1.0",
            top1=0.0,
            top5=0.0,
        )
        preparation = entry.preparation or zoo.Preparation(short=32, mean=(0.4,), deviation=(0.3,))
        monkeypatch.setitem(ZOO._items, entry.name, replace(entry, weights=weights, preparation=preparation))
        return file

    yield release
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium: `CHROMIUM`, the system's, or Playwright's own; skips where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        candidates = [os.environ.get("CHROMIUM"), shutil.which("chromium"), shutil.which("google-chrome")]
        found = next((path for path in candidates if path), playwright.chromium.executable_path)
        if not Path(found).exists():
            pytest.skip("no Chromium: install one, or set CHROMIUM to its path")
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield launched
        launched.close()


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or fills the user's own cache."""
    monkeypatch.setenv("NEOCOG_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
