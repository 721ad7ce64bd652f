"""A cluster as large as there is one, and what is wrong with words said of it: not begun as a sentence, or too long."""

from __future__ import annotations

import re

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.events import Event
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.profiles import PROFILES
from hvgui.requests.failover_policy import SetOwners
from hvgui.requests.maintenance import PatchNodes
from hvgui.requests.network_faults import PartitionNetwork
from hvgui.requests.request import Request
from small_cluster import MIGRATION, small_record, small_vm

MOST_LETTERS = 200
NODES = 64
ALL = tuple(NodeId(number) for number in range(NODES))
WIDE: tuple[Request, ...] = (
    PartitionNetwork((ALL[:12],)),
    PartitionNetwork((ALL[:12], ALL[12:]), MIGRATION),
    PartitionNetwork(tuple((node,) for node in ALL)),
    PatchNodes(ALL),
    SetOwners(VmId(0), ALL, ALL),
)
"""Requests that name as much as there is."""


def largest() -> ClusterRecord:
    """Sixty-four nodes, a hundred and twenty-eight VMs."""
    vms = tuple(small_vm(number, owner=number % NODES) for number in range(2 * NODES))
    return small_record(vms, NODES, PROFILES["2022"])


def badly_said(title: str) -> str:
    """The title, where it does not begin as a sentence does, or is too long for a line; else nothing."""
    return title if not title[0].isupper() or len(title) > MOST_LETTERS else ""


def badly_told(events: list[Event], cluster: Cluster) -> list[str]:
    """Messages of events that begin in lower case and not with a name, or are too long. Who is on which side of a
    partition stands nowhere else: that may be long."""
    names = {vm.name for vm in cluster.vms.values()} | {network.name for network in cluster.networks.values()}
    found = []
    for event in events:
        first = re.split(r"[\s,']", event.message)[0]
        is_long = len(event.message) > MOST_LETTERS and event.code != "network-partitioned"
        if is_long or (first[:1].islower() and first not in names):
            found.append(event.message)
    return found
