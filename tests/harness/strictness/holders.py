"""Who still holds an object that should have gone."""

from __future__ import annotations

import gc
import types

_TOLD = 3


def held_by(held: object) -> str:
    """`held by module['NAME'], Class.attribute, a closure of function`, as far as that can be found out."""
    told: set[str] = set()
    for referrer in gc.get_referrers(held):
        if isinstance(referrer, list | tuple | set):
            told |= {f"{name} (a {type(referrer).__name__})" for name in _owners(referrer)}
        else:
            told.add(_name(referrer, held))
    told.discard("")
    return "held by " + ", ".join(sorted(told)[:_TOLD]) if told else "held by Qt alone"


def _owners(container: object) -> set[str]:
    return {_name(owner, container) for owner in gc.get_referrers(container)} - {""}


def _name(referrer: object, held: object) -> str:
    if isinstance(referrer, types.MethodType):
        return f"the bound method {referrer.__func__.__qualname__}"
    if isinstance(referrer, types.CellType):
        return _closure(referrer)
    if isinstance(referrer, dict):
        keys = [key for key, value in referrer.items() if value is held]
        return f"{referrer.get('__name__') or _owner_of_attributes(referrer)}[{keys[0]!r}]" if keys else ""
    names = [name for name, value in getattr(referrer, "__dict__", {}).items() if value is held]
    return f"{type(referrer).__qualname__}.{names[0]}" if names and not isinstance(referrer, types.ModuleType) else ""


def _owner_of_attributes(attributes: dict[object, object]) -> str:
    owners = [owner for owner in gc.get_referrers(attributes) if getattr(owner, "__dict__", None) is attributes]
    return f"the attributes of a {type(owners[0]).__qualname__}" if owners else "a dict"


def _closure(cell: types.CellType) -> str:
    closures = [owner for owner in gc.get_referrers(cell) if isinstance(owner, tuple)]
    functions = [user for closure in closures for user in gc.get_referrers(closure)]
    foreign = [f for f in functions if isinstance(f, types.FunctionType) and f.__module__ != __name__]
    return f"a closure of {foreign[0].__qualname__}" if foreign else ""
