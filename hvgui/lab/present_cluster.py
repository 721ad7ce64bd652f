"""The cluster of whatever a person names: a lab as it was left, an inventory, or a sample."""

from __future__ import annotations

from pathlib import Path

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.exchange.inventory import read_inventory
from hvgui.exchange.samples import sample, sample_names
from hvgui.lab.errors import LabError
from hvgui.lab.resumption import world_as_left

LAB_SUFFIX = ".hvlab"


class Present(msgspec.Struct, frozen=True):
    """A cluster, and the moment of its lab's clock."""

    cluster: Cluster
    time_ns: int = 0


def present_cluster(named: str) -> Present:
    """The cluster of that name or file; a lab is only read, and stays as it is.

    Raises LabError or InventoryError with a sentence.
    """
    path = Path(named)
    if named in sample_names() and not path.is_file():
        return Present(Cluster(sample(named)))
    if path.suffix.lower() == LAB_SUFFIX:
        world = world_as_left(path)
        return Present(world.cluster, world.now_ns)
    if not path.is_file():
        raise LabError(f"There is neither a file nor a sample '{named}'; the samples are {', '.join(sample_names())}.")
    return Present(Cluster(read_inventory(path).record))
