"""The public names: what each room offers, and what the package itself does. To change a list here is a decision."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import neocog

ROOMS = (
    "build",
    "data",
    "evaluate",
    "explain",
    "model",
    "network",
    "recipes",
    "studies",
    "studio",
    "train",
    "transfer",
    "zoo",
)
VALUES = ("Dataset", "Event", "Model", "NeocogError", "Network", "Prediction", "Recipe", "Report")


def test_the_package_offers_its_values_and_its_rooms() -> None:
    assert neocog.__all__ == [*VALUES, *ROOMS]
    assert dir(neocog) == sorted([*VALUES, *ROOMS, "__version__"])


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_is_reached_from_the_package(name: str) -> None:
    assert getattr(neocog, name) is importlib.import_module(f"neocog.{name}")


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_the_one_of_its_room(name: str) -> None:
    homes = [getattr(importlib.import_module(f"neocog.{room}"), name, None) for room in (*ROOMS, "core.errors")]
    assert any(getattr(neocog, name) is home for home in homes)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'neocog' has no attribute 'Netwrok'"):
        _ = neocog.Netwrok


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_lists_what_importing_it_gives(name: str) -> None:
    """The list holds every name that the room's `__init__` brings in, sorted, and each is there."""
    room = importlib.import_module(f"neocog.{name}")
    modules = {Path(file).stem for file in Path(str(room.__file__)).parent.iterdir()}
    brought = {key for key in vars(room) if not key.startswith("_") and key not in modules}
    listed = set(room.__all__)
    assert all(hasattr(room, each) for each in listed)
    assert brought <= listed, "the room brings in names that it does not list"
    assert len(room.__all__) == len(listed), "a name is listed once"
    constants, classes, functions = (
        sorted(each for each in listed if kind(each)) for kind in (str.isupper, _is_class, str.islower)
    )
    assert room.__all__ == [*constants, *classes, *functions]


def _is_class(name: str) -> bool:
    return name[0].isupper() and not name.isupper()


def test_types_come_along() -> None:
    assert (Path(str(neocog.__file__)).parent / "py.typed").is_file()


def test_the_version_is_the_one_that_is_installed() -> None:
    code = "import importlib.metadata, neocog; print(importlib.metadata.version('neocog') == neocog.__version__)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "True"
