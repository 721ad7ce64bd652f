"""Every test there is, in the order of the wizard."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from hvgui.cluster.validation import Category
from hvgui.lab.validation import (
    cluster_configuration,
    inventory,
    network,
    shared_volumes,
    storage,
    system_configuration,
    virtual_machines,
)
from hvgui.lab.validation.table import ValidationTest

ALL_TESTS: tuple[ValidationTest, ...] = (
    *inventory.TESTS,
    *network.TESTS,
    *storage.TESTS,
    *shared_volumes.TESTS,
    *system_configuration.TESTS,
    *cluster_configuration.TESTS,
    *virtual_machines.TESTS,
)
"""By category."""

BY_ID = {test.id: test for test in ALL_TESTS}


def chosen_tests(names: Iterable[str]) -> tuple[ValidationTest, ...]:
    """The tests of these ids and categories (`network.speed`, `network`, `System Configuration`), in their order.

    Raises ValueError naming what comes nearest where there is no such test.
    """
    wanted: set[str] = set()
    for name in names:
        found = _meant(name)
        if not found:
            near = difflib.get_close_matches(name.lower(), [*BY_ID, *(one.name.lower() for one in Category)], 1)
            hint = f"did you mean '{near[0]}'?" if near else f"categories are {', '.join(_categories())}."
            raise ValueError(f"there is no test or category '{name[:60]}'; {hint}")
        wanted.update(found)
    return tuple(test for test in ALL_TESTS if test.id in wanted)


def _meant(name: str) -> set[str]:
    key = name.strip().lower()
    return {
        test.id
        for test in ALL_TESTS
        if key in (test.id, test.title.lower(), test.category.name.lower(), test.category.value.lower())
    }


def _categories() -> list[str]:
    return [category.name.lower() for category in Category]
