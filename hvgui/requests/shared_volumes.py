"""Requests that make and unmake Cluster Shared Volumes, and those on LUNs that carry none."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NodeId, SanId, VmId, VolumeId
from hvgui.cluster.one_line import one_line
from hvgui.cluster.storage import Lun, LunUse, Volume
from hvgui.cluster.storage_access import is_working, reaches_lun
from hvgui.cluster.units import GIB, TIB, format_bytes
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import Request, node_name, quoted
from hvgui.requests.storage_faults import LunRequest
from hvgui.requests.storage_names import lun_name, san_name, vm_names
from hvgui.requests.volume_requests import VolumeRequest

LUN_MOST_BYTES = 256 * TIB
"""The largest NTFS volume of Windows Server 2008 R2 with 64 KiB clusters."""


class EnableSharedVolumes(Request, frozen=True, tag="enable-csv"):
    """Let the cluster have Cluster Shared Volumes. Nobody can take that back."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return "Enable Cluster Shared Volumes"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        if cluster.has_shared_volumes:
            return (Problem("enabled-already", f"Cluster Shared Volumes are enabled already in {cluster.name}."),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return "(Get-Cluster).EnableSharedVolumes = 'Enabled/NoticeRead'"


class AddSharedVolume(LunRequest, frozen=True, tag="add-csv"):
    """Make a LUN of the available storage a Cluster Shared Volume."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Add {lun_name(cluster, self.lun)} to Cluster Shared Volumes"

    def lun_problems(self, cluster: Cluster, lun: Lun) -> tuple[Problem, ...]:
        """See LunRequest.lun_problems."""
        if not cluster.has_shared_volumes:
            text = f"Cluster Shared Volumes are not enabled in {cluster.name}."
            return (Problem("not-enabled", text, "Enable them first: right-click the cluster."),)
        return (*available_problems(cluster, lun), *_presented(cluster, lun))

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Add-ClusterSharedVolume -Name {quoted(lun_name(cluster, self.lun))}"


def available_problems(cluster: Cluster, lun: Lun) -> tuple[Problem, ...]:
    """Whether a LUN is free for another use, and somebody reaches it."""
    if lun.use is LunUse.SHARED_VOLUME:
        return (Problem("shared-already", f"{lun.name} is a Cluster Shared Volume already."),)
    if lun.use is LunUse.WITNESS:
        text = f"{lun.name} is the disk witness of the quorum."
        return (Problem("witness", text, "Give the quorum another witness first."),)
    users = cluster.vms_on_lun(lun.id) or _with_frozen_files(cluster, lun=lun.id)
    if users:
        text = f"{lun.name} holds disks of {vm_names(cluster, users)}."
        return (Problem("in-use", text, "Remove those disks from their VMs first."),)
    if lun.moving_to is not None:
        return (Problem("lun-busy", f"{lun.name} is changing its owner.", "Wait until that has ended."),)
    if not any(is_working(cluster, node) and reaches_lun(cluster, node, lun) for node in cluster.nodes):
        text = f"No node that is up reaches {lun.name}."
        return (Problem("no-path", text, "Restore a path, the LUN or the SAN first."),)
    return ()


def _with_frozen_files(
    cluster: Cluster, *, volume: VolumeId | None = None, lun: LunId | None = None
) -> tuple[VmId, ...]:
    """VMs of which only snapshots have disks there: gone back to before these, they have none there themselves."""
    return tuple(
        vm.id
        for vm in cluster.vms.values()
        if any(
            disk.volume == volume if volume is not None else disk.lun == lun
            for one in vm.snapshots
            for disk in one.disks
        )
    )


def _presented(cluster: Cluster, lun: Lun) -> tuple[Problem, ...]:
    """A warning of nodes that will be redirected from the first moment."""
    without = [node.name for node in cluster.nodes.values() if lun.paths is not None and node.id not in lun.paths]
    if not without:
        return ()
    text = f"{lun.name} is not presented to {', '.join(without)}: what they read and write goes over the coordinator."
    return (warning("redirected", text, "Present the LUN to every node on the SAN."),)


class RemoveSharedVolume(VolumeRequest, frozen=True, tag="remove-csv"):
    """Make a Cluster Shared Volume available storage again."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        volume = cluster.volumes.get(self.volume)
        name = f"volume no. {self.volume}" if volume is None else volume.name
        return f"Remove {name} from Cluster Shared Volumes"

    def volume_problems(self, cluster: Cluster, volume: Volume) -> tuple[Problem, ...]:
        """See VolumeRequest.volume_problems."""
        users = cluster.vms_on_volume(volume.id) or _with_frozen_files(cluster, volume=volume.id)
        if not users:
            return ()
        text = f"{volume.name} holds disks of {vm_names(cluster, users)}."
        return (Problem("in-use", text, "Remove those disks from their VMs first."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Remove-ClusterSharedVolume -Name {self.resource(cluster)}"


class MoveLun(LunRequest, frozen=True, tag="move-lun"):
    """Give a LUN that is no Cluster Shared Volume another owner; that takes seconds."""

    to: NodeId

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Move {lun_name(cluster, self.lun)} to {node_name(cluster, self.to)}"

    def lun_problems(self, cluster: Cluster, lun: Lun) -> tuple[Problem, ...]:
        """See LunRequest.lun_problems."""
        node = cluster.nodes.get(self.to)
        if node is None:
            return (Problem("no-such-node", f"There is no {node_name(cluster, self.to)} in this cluster."),)
        if lun.use is LunUse.SHARED_VOLUME:
            text = f"{lun.name} is a Cluster Shared Volume: every node reads and writes it."
            return (Problem("shared", text, "Move the volume's coordinator instead."),)
        if lun.owner == node.id:
            return (Problem("same-node", f"{node.name} owns {lun.name} already.", "Choose another node."),)
        return (*_group_problems(cluster, lun), *_new_owner_problems(cluster, lun, node.id))

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        lun = cluster.luns.get(self.lun)
        group = "'Available Storage'"
        if lun is not None and lun.use is LunUse.WITNESS:
            group = "'Cluster Group'"
        return f"Move-ClusterGroup -Name {group} -Node {quoted(node_name(cluster, self.to))}"


def _group_problems(cluster: Cluster, lun: Lun) -> tuple[Problem, ...]:
    """A LUN under VMs goes where they go."""
    users = cluster.vms_on_lun(lun.id)
    if users:
        text = f"{lun.name} carries disks of {vm_names(cluster, users)} and goes where they go."
        return (Problem("in-use", text, "Move the VM; its LUN follows, with every VM that shares it."),)
    if lun.moving_to is not None:
        return (Problem("lun-busy", f"{lun.name} is changing its owner.", "Wait until that has ended."),)
    return ()


def _new_owner_problems(cluster: Cluster, lun: Lun, to: NodeId) -> tuple[Problem, ...]:
    node = cluster.nodes[to]
    if not is_working(cluster, to):
        return (Problem("node-down", f"{node.name} is {node.state.value}.", "Bring the node up first."),)
    if not reaches_lun(cluster, to, lun):
        text = f"{node.name} has no path to {lun.name}."
        return (Problem("no-path", text, "Restore the path, or choose another node."),)
    return ()


class CreateLun(Request, frozen=True, tag="create-lun"):
    """Make another LUN on a SAN and present it to every node, as available storage (the SAN's own tools do that on a
    real cluster; hvgui lets a person do it here)."""

    san: SanId
    name: str
    size_bytes: int

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Create {self.name or 'a LUN'} on {san_name(cluster, self.san)}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        san = cluster.sans.get(self.san)
        if san is None:
            return (Problem("no-such-san", f"There is no {san_name(cluster, self.san)} in this cluster."),)
        found = list(_name_problems(cluster, self.name))
        if not GIB <= self.size_bytes <= LUN_MOST_BYTES:
            text = f"A LUN has between 1 GB and {format_bytes(LUN_MOST_BYTES)}; {format_bytes(self.size_bytes)} is not."
            found.append(Problem("size", text))
        if not san.up:
            found.append(Problem("san-down", f"{san.name} has failed.", "Restore it first."))
        return tuple(found)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        san = san_name(cluster, self.san)
        return f"# make the LUN with the tools of {san}, then: Get-ClusterAvailableDisk | Add-ClusterDisk"


def _name_problems(cluster: Cluster, name: str) -> tuple[Problem, ...]:
    if not name.strip() or name != one_line(name) or len(name) > 80:
        return (Problem("name", "A LUN's name is one line of 1 to 80 characters."),)
    if any(lun.name.lower() == name.strip().lower() for lun in cluster.luns.values()):
        return (Problem("name-taken", f"There is a LUN called {name} already.", "Choose another name."),)
    return ()
