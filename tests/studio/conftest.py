"""A folder of runs that real commands made, and a studio that answers on a real port."""

import http.client
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from tests.studio.tab import TOKEN, Tab

from neocog.data import DataOptions
from neocog.evaluate import evaluate
from neocog.studio import Opened, application
from neocog.studio.guard import cookie_name
from neocog.studio.server import listen
from neocog.train import Recipe, train
from neocog.train.recipe import Compute

SMALL = "Network((1, 8, 8), (Conv(4, 3, pad=1), ReLU(), MaxPool(2), Conv(6, 3), ReLU(), Flatten(), Dense(10)))"
"""The network of the second run."""


@dataclass(frozen=True)
class Answer:
    """What a request got."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Studio:
    """A studio that answers."""

    port: int
    runs: Path

    @property
    def address(self) -> str:
        """Its own address."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """A request with the token's cookie, unless other headers say otherwise; an empty one is left out."""
        told = {"cookie": f"{cookie_name(self.port)}={TOKEN}", "content-type": "application/json"}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        host = told.pop("host", None)
        connection.putrequest(method, path, skip_host=host is not None)
        if host is not None:
            connection.putheader("host", host)
        for name, value in told.items():
            if value:
                connection.putheader(name, value)
        if sent is not None and "content-length" not in told:
            connection.putheader("content-length", str(len(sent)))
        connection.endheaders(sent)
        answer = connection.getresponse()
        found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        connection.close()
        return found

    def get(self, path: str, **headers: str) -> Answer:
        """A reading request."""
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """A writing request."""
        return self.ask("POST", path, body, **headers)

    def until(self, name: str, *states: str, seconds: float = 120) -> dict[str, Any]:
        """The summary of a run, once it stands as it should."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found: dict[str, Any] = self.get(f"/api/runs/{name}").told
            if found.get("state") in states:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{name} is {found}, not one of {states}")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two judged runs on digits; not to be changed."""
    runs = tmp_path_factory.mktemp("made") / "runs"
    small = runs.parent / "small.network"
    small.write_text(SMALL)
    for name, net in (("first", "mlp"), ("second", str(small))):
        recipe = Recipe(net=net, epochs=2, data=DataOptions(path="digits"), compute=Compute(threads=1))
        assert [event.kind for event in train(recipe, runs / name)][-1] == "finished"
        evaluate(runs / name)
    return runs


@pytest.fixture
def studio(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """A studio on a copy of the runs, started below the test's own folder."""
    monkeypatch.chdir(tmp_path)
    runs = tmp_path / "runs"
    shutil.copytree(made, runs)
    yield from answering(Opened(runs))


@pytest.fixture
def studio_on() -> Iterator[Callable[[Opened], Studio]]:
    """A function that gives a studio on what was opened."""
    with ExitStack() as stack:
        yield lambda opened: stack.enter_context(contextmanager(answering)(opened))


@pytest.fixture
def tab(browser: Any, studio: Any) -> Iterator[Tab]:
    """A tab that must stay quiet."""
    opened = Tab(browser, studio)
    yield opened
    opened.close()


def answering(opened: Opened) -> Iterator[Studio]:
    """A studio in a thread, which is ended at last."""
    listening = listen(0)
    port = listening.getsockname()[1]
    ready = threading.Event()
    config = uvicorn.Config(application(opened, TOKEN, port, ready.set), log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    assert ready.wait(30)
    while not server.started:
        time.sleep(0.01)
    yield Studio(port, opened.runs)
    server.should_exit = True
    thread.join(10)
    listening.close()
