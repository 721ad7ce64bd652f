"""Names and patterns in a scenario: as Windows does, without regard to case; `*` and `?` stand for any characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar

from hvgui.cluster.one_line import one_line
from hvgui.lab.scenario_table import Table, nearest


class Named(Protocol):
    """Whatever has a name."""

    @property
    def name(self) -> str:
        """The name."""
        ...


N = TypeVar("N", bound=Named)


def is_pattern(name: str) -> bool:
    """Whether the name may stand for several."""
    return "*" in name or "?" in name


def matching(table: Table, key: str, name: str, kind: str, records: Sequence[N]) -> tuple[N, ...]:
    """Every record that the name or pattern means. Raises ScenarioError where that is none."""
    found = tuple(record for record in records if record.name == name)
    if found:
        return found
    expression = "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in name)
    pattern = re.compile(expression, re.IGNORECASE | re.DOTALL)
    found = tuple(record for record in records if pattern.fullmatch(record.name))
    if not found:
        hint = nearest(name, dict.fromkeys(record.name for record in records))
        raise table.error(f"there is no {kind} '{shown(name)}' in this cluster; {hint}", key)
    return found


def the_one(table: Table, key: str, name: str, kind: str, records: Sequence[N]) -> N:
    """The one record of that name. Raises ScenarioError where there is none, or more than one."""
    found = matching(table, key, name, kind, records)
    if len(found) > 1:
        raise table.error(f"'{shown(name)}' means {len(found)} {kind}s here; name one.", key)
    return found[0]


def shown(name: str) -> str:
    """A name as it may stand in a sentence."""
    text = one_line(name)
    return text if len(text) <= 60 else f"{text[:57]}..."
