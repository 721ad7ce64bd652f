"""Enums of the Hyper-V and FailoverClusters modules by number and by name, as inventories hold them.

Names are in lower case without blanks. Numbers of VM states: Microsoft.HyperV.PowerShell.VMState, and the EnabledState
of the WMI provider of 2008 R2; the two do not contradict each other.
"""

from __future__ import annotations

from typing import TypeVar

from hvgui.cluster.machines import Priority, VmState
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.quorum import QuorumModel
from hvgui.cluster.storage import Controller, DiskKind

T = TypeVar("T")


def _table(*rows: tuple[tuple[int | str, ...], T]) -> dict[int | str, T]:
    return {key: meaning for keys, meaning in rows for key in keys}


VM_STATES = _table(
    (
        (2, "running", "enabled", 4, "stopping", 32774, 10, "starting", 32770, 11, "reset", 32777, "resuming"),
        VmState.RUNNING,
    ),
    ((32776, "pausing", 9, 32768, "paused"), VmState.PAUSED),
    ((3, "off", "disabled", "poweredoff", "offcritical"), VmState.OFF),
    (
        (6, "saved", 32769, "suspended", 32773, "saving", 32779, "fastsaved", 32780, "fastsaving", "hibernated"),
        VmState.SAVED,
    ),
    (("savedcritical", "fastsavedcritical"), VmState.SAVED),
    (
        (
            *range(32783, 32800),
            *("runningcritical", "pausedcritical", "stoppingcritical", "startingcritical", "resetcritical"),
            *("savingcritical", "pausingcritical", "resumingcritical", "fastsavingcritical"),
        ),
        VmState.CRITICAL,
    ),
)
"""A state on its way to another is taken for where it comes from or goes to: an import holds no half done work.

The numbers of the critical states differ between releases (RunningCritical is 32783 on some and 32785 on others), so
that a number tells no more than that the VM has lost something; the collector writes names.
"""

PASSING_STATES = frozenset(
    (4, "stopping", 10, "starting", 11, "reset", 32770, 32773, "saving", 32774, 32776, "pausing", 32777, "resuming")
)
"""Those of the states above that are on their way."""

NODE_STATES = _table(
    ((0, "up"), NodeState.UP),
    ((1, "down", -1, "unknown"), NodeState.DOWN),
    ((2, "paused"), NodeState.PAUSED),
    ((3, "joining"), NodeState.JOINING),
    (("isolated", "quarantined"), NodeState.ISOLATED),
)

NETWORK_ROLES = _table(
    ((0, "none"), NetworkRole.NONE),
    ((1, "cluster", "clusteronly", "internal"), NetworkRole.CLUSTER_ONLY),
    ((3, "clusterandclient", "both"), NetworkRole.CLUSTER_AND_CLIENT),
)

NETWORK_UP = _table(
    ((3, "up", 2, "partitioned"), True),
    ((0, "unavailable", 1, "down", -1, "unknown"), False),
)
"""Get-ClusterNetwork's State: whether anything gets through."""

INTERFACE_UP = _table(
    ((3, "up"), True),
    ((0, "unavailable", 1, "failed", 2, "unreachable", -1, "unknown"), False),
)
"""Get-ClusterNetworkInterface's State."""

RESOURCE_ONLINE = _table(
    ((2, "online", 129, "onlinepending", 128, "pending", 1, "initializing"), True),
    ((3, "offline", 4, "failed", 130, "offlinepending", 0, "inherited", -1, "unknown"), False),
)
"""State of a cluster resource, a Cluster Shared Volume among them."""

GROUP_ONLINE = _table(
    ((0, "online", 3, "partialonline", 4, "pending"), True),
    ((1, "offline", 2, "failed", -1, "unknown"), False),
)
"""State of a cluster group."""

VM_GROUP = _table(((111, "virtualmachine"), True))
"""GroupType of a VM's group; every other type is another role."""

PRIORITIES = _table(
    ((0, "noautostart"), Priority.NO_AUTO_START),
    ((1000, "low"), Priority.LOW),
    ((2000, "medium"), Priority.MEDIUM),
    ((3000, "high"), Priority.HIGH),
)

QUORUM_TYPES = _table(
    ((1, "nodemajority"), QuorumModel.NODE_MAJORITY),
    ((2, "nodeanddiskmajority"), QuorumModel.NODE_AND_DISK),
    ((3, "nodeandfilesharemajority", "cloudwitness", "nodeandcloudmajority"), QuorumModel.NODE_AND_SHARE),
    ((4, "diskonly", "nomajoritydiskonly"), QuorumModel.DISK_ONLY),
)
"""Get-ClusterQuorum's QuorumType before 2016; from then on it says Majority (5), and the witness which."""

FAILBACK_TYPES = _table(
    ((0, "prevent", "preventfailback", "false"), False), ((1, "allow", "allowfailback", "true"), True)
)
"""AutoFailbackType of a group."""

CONTROLLERS = _table(((0, "ide"), Controller.IDE), ((1, "scsi"), Controller.SCSI))

DISK_KINDS = _table(
    ((2, "fixed"), DiskKind.FIXED), ((3, "dynamic"), DiskKind.DYNAMIC), ((4, "differencing"), DiskKind.DIFFERENCING)
)

NO_HEARTBEAT = _table(
    ((3, "nocontact", 2, "disabled", 12, 13, "lostcommunication", "error"), True),
    (("ok", "okapplicationsunknown", "okapplicationshealthy", "okapplicationscritical", "unknown", "paused"), False),
)
"""Whether a running guest's heartbeat is missing for good: the sign of a guest without integration components."""
