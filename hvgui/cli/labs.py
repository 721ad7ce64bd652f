"""Writing a lab from the command line."""

from __future__ import annotations

from pathlib import Path

from hvgui.cli.exits import BadInputError
from hvgui.cli.outputs import written_whole
from hvgui.cluster.cluster import ClusterRecord
from hvgui.lab.errors import LabError
from hvgui.lab.resumption import world_as_left
from hvgui.lab.session import Session


def write_lab(record: ClusterRecord, path: Path, *, seed: int, name: str) -> None:
    """Writes a lab that begins with the cluster, whole or not at all. Raises BadInputError where it can't."""
    try:
        with written_whole(path) as beside:
            Session.new(record, seed=seed, name=name, path=beside).close()
    except (LabError, OSError) as error:
        raise BadInputError(f"{path} was not written: {error}") from None


def record_of(path: Path) -> ClusterRecord:
    """The cluster of a lab as it is at the last moment kept; the lab is only read. Raises BadInputError."""
    try:
        return world_as_left(path).cluster.record()
    except LabError as error:
        raise BadInputError(str(error)) from None
