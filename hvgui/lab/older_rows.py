"""Rows of version 1 as rows of ours, one at a time: for what can be read of a damaged file.

`lab_migration` brings a whole file up to date and refuses what makes no sense; here each row stands for itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.lab import history
from hvgui.lab.row_checks import checksum
from hvgui.requests.catalogue import AnyRequest

FIRST_STEP_SECONDS = 30
"""Between two rows of the graphs' history in version 1."""
Row = tuple[Any, ...]


def title_of(request: bytes, cluster: Cluster | None) -> str:
    """The words of a command, as the names in a state of the cluster have it. Raises msgspec.MsgspecError."""
    asked = msgspec.msgpack.decode(request, type=AnyRequest)
    if cluster is not None:
        try:
            return str(asked.title(cluster))
        except (LookupError, AttributeError):
            pass
    return str(asked.__struct_config__.tag)


def upgrades_of_1(cluster: Cluster | None) -> dict[str, Callable[[Row], Row]]:
    """What makes a row of ours of each table's row; `cluster`: a state of it, for names. They raise what a row without
    sense raises."""
    return {
        "branch": lambda row: (*row[:5], 0, *row[5:]),
        "command": lambda row: _sealed((*row[:4], title_of(row[4], cluster), row[4])),
        "event": _sealed,
        "checkpoint": lambda row: (*row[:5], 0.0, *row[5:]),
        "sample": _sample,
    }


def _sealed(row: Row) -> Row:
    return (*row, checksum(row))


def _sample(row: Row) -> Row:
    branch, step_seconds, start_ns, rows, columns = row
    chunk = history.of_version_1(columns, rows, start_ns, step_seconds)
    return (branch, history.FINE_SECONDS, chunk.start_ns, chunk.end_ns, len(chunk), chunk.packed())
