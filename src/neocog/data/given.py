"""Splits that the data brings along: which of the names that are given is train, which validation, which test.

Three given are kept. Of two given, the one that is not the training set is the sealed test set, whatever its name:
sets that are published as `train/` and `val/` have no other images that nothing was tuned on.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from neocog.core.errors import DataError, nearest

_NAMES = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}


@dataclass(frozen=True)
class Given:
    """`roles` maps each name as written to `train`, `val`, `test` or "" (no split); `notes` say what was decided."""

    roles: dict[str, str]
    notes: tuple[str, ...] = ()


def role_of(name: str) -> str:
    """The split that a name is known for, or "".

    >>> role_of("Validation"), role_of("holdout")
    ('val', '')
    """
    return next((role for role, names in _NAMES.items() if name.strip().lower() in names), "")


def given_splits(names: Iterable[str], where: str) -> Given:
    """The roles of the split names that `where` ("the folder neu") gives.

    Raises `DataError` where there is not exactly one training set, or a name of three that is unknown.

    >>> given_splits(["train", "holdout"], "the folder neu").roles
    {'holdout': 'test', 'train': 'train'}
    """
    found = sorted(set(names))
    shown = ", ".join(found)
    train = [name for name in found if role_of(name) == "train"]
    rest = [name for name in found if name not in train]
    if len(train) != 1:
        raise DataError(f"{where} must give one split named train, it gives {shown}; name the training split train")
    if not rest:
        return Given({train[0]: ""}, (f"{where} gives {train[0]} alone: taken as no split at all.",))
    if len(rest) == 1:
        roles = {name: "train" if name in train else "test" for name in found}
        if role_of(rest[0]) == "test":
            return Given(roles)
        return Given(roles, (f"{where} gives {train[0]} and {rest[0]}: {rest[0]} is taken as the sealed test set.",))
    for name in rest:
        if not role_of(name):
            known = [known for role in ("val", "test") for known in _NAMES[role]]
            raise DataError(f"{where} gives the unknown split {name!r} (of {shown}); {nearest(name.lower(), known)}")
    roles = {name: role_of(name) for name in found}
    if len(rest) != 2 or len(set(roles.values())) != 3:
        raise DataError(f"{where} must give one each of train, val and test, it gives {shown}; join or rename them")
    return Given(roles)
