"""The flags of each verb, frozen: a flag is a promise, and a verb has at most eight beside what all may have."""

import importlib
import inspect
from typing import Any, get_args, get_type_hints

import pytest
import typer.models

from neocog.cli.__main__ import VERBS, run

COMMON = {"--json", "--quiet"}
MOST = 8

FLAGS: dict[str, set[str]] = {
    "show": {"--depth", "--formulas", "--batch", "--svg", "--json"},
    "check": {"--grid", "--out", "--recipe", "--set", "--json", "--quiet"},
    "advise": {"--net", "--init", "--set", "--json", "--quiet"},
    "train": {"--net", "--out", "--epochs", "--seed", "--resume", "--init", "--recipe", "--set", "--json", "--quiet"},
    "evaluate": {"--out", "--init", "--classes", "--set", "--json", "--quiet"},
    "compare": {"--out", "--json", "--quiet"},
    "predict": {"--top", "--csv", "--out", "--init", "--classes", "--json", "--quiet"},
    "explain": {"--method", "--out", "--class", "--tap", "--init", "--classes", "--json", "--quiet"},
    "studio": {"--port", "--no-browser"},
    "cache": {"--json"},
    "demo": {"--out"},
}

ARGUMENTS: dict[str, list[str]] = {
    "show": ["net"],
    "check": ["data"],
    "advise": ["data"],
    "train": ["data"],
    "evaluate": ["model", "data"],
    "compare": ["run_a", "run_b"],
    "predict": ["model", "files"],
    "explain": ["model", "what"],
    "studio": ["path"],
    "cache": ["action"],
    "demo": [],
}


def parameters(verb: str) -> dict[str, Any]:
    """A verb's parameters by name, each as typer's description of it."""
    function = getattr(importlib.import_module(f"neocog.cli.{verb}"), verb)
    hints = get_type_hints(function, include_extras=True)
    return {name: get_args(hints[name])[1] for name in inspect.signature(function).parameters}


def flags(verb: str) -> set[str]:
    """The flags of a verb as they are typed."""
    found = set()
    for name, info in parameters(verb).items():
        if isinstance(info, typer.models.OptionInfo):
            spelled = [each for each in (info.default, *(info.param_decls or ())) if isinstance(each, str)]
            found |= set(spelled) or {f"--{name.replace('_', '-')}"}
    return found


@pytest.mark.parametrize("verb", VERBS)
def test_the_flags_are_these(verb: str) -> None:
    assert flags(verb) == FLAGS[verb]
    assert len(flags(verb) - COMMON) <= MOST


@pytest.mark.parametrize("verb", VERBS)
def test_the_arguments_are_these(verb: str) -> None:
    found = parameters(verb)
    assert [name for name, info in found.items() if isinstance(info, typer.models.ArgumentInfo)] == ARGUMENTS[verb]


@pytest.mark.parametrize("verb", VERBS)
def test_every_parameter_says_what_it_is(verb: str) -> None:
    assert [name for name, info in parameters(verb).items() if not info.help] == []


@pytest.mark.parametrize("verb", VERBS)
def test_help_names_every_flag(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "--help"]) == 0
    told = capsys.readouterr().out
    assert [flag for flag in FLAGS[verb] if flag not in told] == []
