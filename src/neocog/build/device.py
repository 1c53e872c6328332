"""The device that a run, an evaluation or a prediction computes on, and what it draws from.

>>> choose_device("cpu")
'cpu'
"""

import torch

from neocog.core.errors import RecipeError


def choose_device(name: str) -> str:
    """The device that a name means: `auto` takes `cuda`, else `mps`, else `cpu`; any other name is given back.

    Raises `RecipeError` for a name that is none of cpu, cuda, cuda:N and mps, and for a device that is not there.

    >>> choose_device("abacus")
    Traceback (most recent call last):
    ...
    neocog.core.errors.RecipeError: `compute.device` must be cpu, cuda, cuda:N or mps, not 'abacus'; change it
    """
    there = {
        "cuda": torch.cuda.device_count() if torch.cuda.is_available() else 0,
        "mps": int(torch.backends.mps.is_available()),
        "cpu": 1,
    }
    if name == "auto":
        return next(kind for kind, number in there.items() if number)
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in there:
        raise RecipeError(f"`compute.device` must be cpu, cuda, cuda:N or mps, not {name!r}; change it")
    if (device.index or 0) >= there[device.type]:
        raise RecipeError(f"`compute.device` is {name!r}, which this machine does not have; use auto or cpu")
    return name


def seed_device(device: str, seed: int) -> None:
    """Seed what a device draws from in training, as dropout does.

    `torch.manual_seed` seeds the generators of all kinds of devices; for each that is not there it writes down the
    call's stack, which took longer than a small network's step.
    """
    kind = torch.device(device).type
    if kind == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(seed)
    elif kind == "mps":
        torch.mps.manual_seed(seed)
    else:
        torch.default_generator.manual_seed(seed)
