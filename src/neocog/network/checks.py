"""What a field of a layer may hold: every value is checked and coerced once, when the layer is made.

So `Conv(True, 1.0)` is `Conv(1, 1)` and `pad=[1, 1]` becomes a tuple: two layers that mean the same are equal, hash
the same and print the same. A check takes a value and gives the settled one, or raises `UnfitError`.

>>> sides([3, 5])
(3, 5)
"""

import keyword
import math
import operator
import re
from collections.abc import Callable
from dataclasses import fields
from typing import Literal, TypeAlias, cast

from neocog.core.errors import NetworkError

Fit: TypeAlias = Literal["exact", "floor", "ceil"]
"""What to do where steps do not divide the map: refuse, leave the rest out, or let the last window hang over."""
Sides: TypeAlias = int | tuple[int, ...]
"""One number for every axis, or one for each."""
Pad: TypeAlias = int | tuple[int, ...] | tuple[tuple[int, int], ...] | Literal["same"]
"""One number, one for each axis, a (before, after) pair for each axis, or "same"."""
Check: TypeAlias = Callable[[object], object]

MOST = 1_000_000_000
"""The largest whole number that a field may hold."""

_RESERVED = frozenset(
    [
        "T_destination",
        "add_module",
        "add_submodule",
        "apply",
        "bfloat16",
        "buffers",
        "call_super_init",
        "children",
        "code",
        "compile",
        "cpu",
        "cuda",
        "delete_all_unused_submodules",
        "delete_submodule",
        "double",
        "dump_patches",
        "eval",
        "extra_repr",
        "float",
        "forward",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "graph",
        "half",
        "input",
        "ipu",
        "load_state_dict",
        "meta",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "output",
        "parameters",
        "print_readable",
        "recompile",
        "register_backward_hook",
        "register_buffer",
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
        "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook",
        "register_module",
        "register_parameter",
        "register_state_dict_post_hook",
        "register_state_dict_pre_hook",
        "requires_grad_",
        "set_extra_state",
        "set_submodule",
        "shape_env",
        "share_memory",
        "state_dict",
        "to",
        "to_empty",
        "to_folder",
        "train",
        "training",
        "type",
        "xpu",
        "zero_grad",
    ]
)


class UnfitError(ValueError):
    """A value that a field cannot hold: what it must be, and how to write it."""

    def __init__(self, must: str, example: str) -> None:
        super().__init__(must)
        self.must = must
        self.example = example


def settle(value: object, **checks: Check) -> None:
    """Check and coerce the fields of a frozen value in place, `name` among them where it has one.

    Raises `NetworkError` with the field, what it must be and what it got.
    """
    if "name" not in checks and any(field.name == "name" for field in fields(type(value))):  # type: ignore[arg-type]
        checks["name"] = optional(identifier)
    for field, check in checks.items():
        got = getattr(value, field)
        try:
            object.__setattr__(value, field, check(got))
        except UnfitError as unfit:
            kind = type(value).__name__
            raise NetworkError(
                f"`{field}` of {kind} must be {unfit.must}, got {shown(got)}; write {field}={unfit.example}"
            ) from None


def shown(value: object) -> str:
    """A value as an error shows it: short, whatever it is."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 100:
        return f"a number of {value.bit_length():,} bits"
    if isinstance(value, str | int | float | bool | None):
        text = repr(value[:61] if isinstance(value, str) else value)
        return text if len(text) <= 60 else text[:57] + "..."
    if isinstance(value, tuple | list):
        inner = ", ".join(shown(item) for item in value[:4]) + (", ..." if len(value) > 4 else "")
        return f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    return f"the class {value.__name__}" if isinstance(value, type) else f"a {type(value).__name__}"


def whole(value: object, least: int = 1) -> int:
    """A whole number from `least` to `MOST`; `3.0` and `True` count as one."""
    must = UnfitError(f"a whole number from {least} to {MOST:,}", str(max(least, 1)))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        number = operator.index(cast(int, value))
    except TypeError:
        raise must from None
    if not least <= number <= MOST:
        raise must
    return number


def count(value: object) -> int:
    """A whole number of at least 1."""
    return whole(value)


def sides(value: object) -> Sides:
    """A whole number of at least 1, or one for each axis."""
    if isinstance(value, list | tuple):
        try:
            return _axes(tuple(whole(item) for item in value))
        except UnfitError:
            raise UnfitError("a whole number of at least 1, or one for each axis", "(3, 3)") from None
    try:
        return whole(value)
    except UnfitError:
        raise UnfitError("a whole number of at least 1, or one for each axis", "3") from None


def amounts(value: object) -> Sides:
    """A whole number of at least 0, or one for each axis."""
    try:
        if isinstance(value, list | tuple):
            return _axes(tuple(whole(item, 0) for item in value))
        return whole(value, 0)
    except UnfitError:
        raise UnfitError("a whole number of at least 0, or one for each axis", "1") from None


def padding(value: object) -> Pad:
    """A whole number of at least 0, one for each axis, a (before, after) pair for each axis, or "same"."""
    if value == "same":
        return "same"
    try:
        if not isinstance(value, list | tuple):
            return whole(value, 0)
        if any(isinstance(item, list | tuple) for item in value):
            return tuple(_pair(item) for item in _axes(tuple(value)))
        return _axes(tuple(whole(item, 0) for item in value))
    except UnfitError:
        raise UnfitError(
            'a whole number, one for each axis, a pair for each axis or "same"', "((0, 1), (0, 1))"
        ) from None


def _axes(values: tuple[int, ...]) -> tuple[int, ...]:
    if not 1 <= len(values) <= 3:
        raise UnfitError("one value for each axis", "(3, 3)")
    return values


def _pair(value: object) -> tuple[int, int]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise UnfitError("a pair", "(0, 1)")
    return whole(value[0], 0), whole(value[1], 0)


def flag(value: object) -> bool:
    """True or False; 1 and 0 count as them."""
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    raise UnfitError("True or False", "True")


def number(least: float, below: float = math.inf, example: str = "0.5") -> Check:
    """A check for a finite number from `least` to under `below`."""

    def check(value: object) -> float:
        bound = f"from {least:g}" + (f" to under {below:g}" if below < math.inf else "")
        if not isinstance(value, int | float) or not math.isfinite(value) or not least <= value < below:
            raise UnfitError(f"a number {bound}", example)
        return float(value)

    return check


def choice(*known: str) -> Check:
    """A check for one of some words."""

    def check(value: object) -> str:
        if not isinstance(value, str) or value not in known:
            raise UnfitError("one of " + ", ".join(f'"{word}"' for word in known), f'"{known[0]}"')
        return value

    return check


def optional(check: Check) -> Check:
    """The same check, with None let through."""
    return lambda value: None if value is None else check(value)


def identifier(value: object) -> str:
    """A name that a module can bear: letters, digits and underscores, and none of those that torch keeps for itself."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", value):
        raise UnfitError("letters, digits and underscores, 64 at most, not beginning with a digit", '"block"')
    if value in _RESERVED or value.startswith("_") or keyword.iskeyword(value):
        raise UnfitError("a name that a module can bear (this one is taken)", f'"{value.strip("_")}_1"')
    return value
