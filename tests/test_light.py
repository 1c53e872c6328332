"""What is loaded when little is asked for: importing the package, and the verb that looks at a network."""

import json
import subprocess
import sys

import pytest

IMPORTS = {"neocog"}
"""All that `import neocog` loads, the standard library apart."""

SHOW_LOADS = {
    "annotated_doc",
    "annotated_types",
    "neocog",
    "pydantic",
    "pydantic_core",
    "rich",
    "shellingham",
    "typer",
    "typing_extensions",
    "typing_inspection",
}
"""All that `neocog show` loads, the standard library apart: typer, and what typer reads the arguments with."""

SHOW_ROOMS = {"cli", "core", "network", "zoo"}
SHOW_CLI = {"__main__", "console", "show", "tables"}

STANDARD = sys.stdlib_module_names


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter has after some code, less those that it starts with."""
    program = (
        f"import sys; before = set(sys.modules)\n{code}\n"
        "import json; print('\\n' + json.dumps(sorted(set(sys.modules) - before)))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(result.stdout.splitlines()[-1]))


def packages(modules: set[str]) -> set[str]:
    """The packages of some modules, less the standard library's."""
    roots = {name.split(".")[0] for name in modules}
    return {root for root in roots if root not in STANDARD and not root.startswith("_sysconfigdata_")}


def test_importing_the_package_loads_the_package_alone() -> None:
    modules = loaded_by("import neocog")
    assert packages(modules) == IMPORTS
    assert {name for name in modules if name.startswith("neocog")} == {"neocog"}


@pytest.mark.parametrize("arguments", [["show", "vgg16"], ["show"], ["show", "vgg16", "--json"]])
def test_show_loads_what_it_needs(arguments: list[str]) -> None:
    modules = loaded_by(f"from neocog.cli.__main__ import run; assert run({arguments!r}) == 0")
    assert packages(modules) <= SHOW_LOADS
    ours = [name.split(".") for name in modules if name.startswith("neocog.")]
    assert {name[1] for name in ours} == SHOW_ROOMS
    assert {name[2] for name in ours if name[1] == "cli" and len(name) > 2} == SHOW_CLI
