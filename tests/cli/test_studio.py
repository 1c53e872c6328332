"""`neocog studio`: it prints where it is, answers there, ends by Ctrl-C, and leaves alone what it started."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from neocog.cli.__main__ import run
from neocog.core.run import RunFolder


def test_it_answers_where_it_says_and_its_trainings_outlive_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "neocog", "studio", "--no-browser"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as studio:
        assert studio.stdout is not None and studio.stderr is not None
        address = urlsplit(studio.stdout.readline())
        assert (address.hostname, address.path) == ("127.0.0.1", "/runs")
        (token,) = parse_qs(address.query.strip())["token"]
        assert len(token) >= 32
        port = address.port
        assert port is not None
        cookie = {"cookie": f"neocog-studio-{port}={token}", "content-type": "application/json"}
        wanted = {"name": "mine", "data": "digits", "net": "mlp", "epochs": "200"}
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request("POST", "/api/runs", json.dumps(wanted), cookie)
            with closing(connection.getresponse()) as answer:
                assert answer.status == 201, answer.read()
        studio.send_signal(signal.SIGINT)
        _, heard = studio.communicate(timeout=60)
        assert studio.returncode == 0
        assert "Whoever has this address may use the studio; Ctrl-C ends it." in heard
        assert "Traceback" not in heard
    mine = RunFolder(tmp_path / "runs" / "mine")
    while sum(event["kind"] == "epoch" for event in mine.read_events()) < 2:
        time.sleep(0.1)
    mine.ask_to_stop()
    while mine.is_written():
        time.sleep(0.1)
    assert mine.has("checkpoint.safetensors")


def test_what_cannot_be_opened_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["studio", "nowhere", "--no-browser"]) == 2
    assert capsys.readouterr().err.startswith("error: there is nothing at nowhere\n")


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert run(["studio", "digits", "--no-browser", "--port", str(port)]) == 2
    assert capsys.readouterr().err == f"error: port {port} is taken\n       choose another --port, or leave it out\n"
