"""Requests on one Cluster Shared Volume: its coordinator, redirected access, maintenance, offline and online."""

from __future__ import annotations

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId, VolumeId
from hvgui.cluster.machines import VmState
from hvgui.cluster.storage import Volume, VolumeState
from hvgui.cluster.storage_access import is_working, reaches_lun, redirection_networks
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import Request, node_name, quoted
from hvgui.requests.storage_losses import loss_warnings
from hvgui.requests.storage_names import lun_name, vm_names, volume_name


class VolumeRequest(Request, frozen=True):
    """What the requests on one volume have in common."""

    volume: VolumeId

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        volume = cluster.volumes.get(self.volume)
        if volume is None:
            text = f"There is no {volume_name(cluster, self.volume)} among the Cluster Shared Volumes."
            return (Problem("no-such-volume", text),)
        if volume.moving_to is not None or volume.going is not None:
            text = f"{volume.name} is changing already."
            return (Problem("volume-busy", text, "Wait until that has ended."),)
        return self.volume_problems(cluster, volume)

    def volume_problems(self, cluster: Cluster, volume: Volume) -> tuple[Problem, ...]:
        """What stands in the way of this one."""
        raise NotImplementedError

    def resource(self, cluster: Cluster) -> str:
        """The cluster resource's name as a PowerShell literal."""
        volume = cluster.volumes.get(self.volume)
        return quoted(volume_name(cluster, self.volume) if volume is None else lun_name(cluster, volume.lun))


def users_of(cluster: Cluster, volume: VolumeId) -> tuple[VmId, ...]:
    """VMs with disks on the volume that occupy memory, by id: those that must be saved before it goes."""
    return tuple(vm for vm in cluster.vms_on_volume(volume) if cluster.vms[vm].state.holds_memory)


class MoveCoordinator(VolumeRequest, frozen=True, tag="move-coordinator"):
    """Let another node keep a volume's metadata; its input and output waits for a moment."""

    to: NodeId

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Move {volume_name(cluster, self.volume)} to {node_name(cluster, self.to)}"

    def volume_problems(self, cluster: Cluster, volume: Volume) -> tuple[Problem, ...]:
        """See VolumeRequest.volume_problems."""
        node = cluster.nodes.get(self.to)
        if node is None:
            return (Problem("no-such-node", f"There is no {node_name(cluster, self.to)} in this cluster."),)
        if node.id == volume.coordinator:
            text = f"{node.name} is the coordinator of {volume.name} already."
            return (Problem("same-node", text, "Choose another node."),)
        if volume.state is VolumeState.OFFLINE:
            return (Problem("volume-away", f"{volume.name} is offline.", "Bring it online first."),)
        return _coordinator_problems(cluster, volume, node.id)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        node = quoted(node_name(cluster, self.to))
        return f"Move-ClusterSharedVolume -Name {self.resource(cluster)} -Node {node}"


def _coordinator_problems(cluster: Cluster, volume: Volume, to: NodeId) -> tuple[Problem, ...]:
    node = cluster.nodes[to]
    if not is_working(cluster, to):
        return (Problem("node-down", f"{node.name} is {node.state.value}.", "Bring the node up first."),)
    if not reaches_lun(cluster, to, cluster.luns[volume.lun]):
        text = f"{node.name} has no path to {lun_name(cluster, volume.lun)}, which carries {volume.name}."
        return (Problem("no-path", text, "Restore the path, or choose another node."),)
    return ()


class TurnOnRedirectedAccess(VolumeRequest, frozen=True, tag="turn-on-redirected-access"):
    """Let every node reach a volume through its coordinator only, as backups and defragmentation ask for."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Turn on redirected access for {volume_name(cluster, self.volume)}"

    def volume_problems(self, cluster: Cluster, volume: Volume) -> tuple[Problem, ...]:
        """See VolumeRequest.volume_problems."""
        if volume.state is VolumeState.REDIRECTED:
            return (Problem("on-already", f"Redirected access is on already for {volume.name}."),)
        if volume.state is not VolumeState.DIRECT:
            text = f"{volume.name} is {_in_words(volume.state)}."
            return (Problem("volume-away", text, "Bring it back first."),)
        if not redirection_networks(cluster):
            text = f"No network is enabled for the cluster, so nothing can carry what {volume.name} redirects."
            return (Problem("no-network", text, "Enable a network for cluster use."),)
        users = users_of(cluster, volume.id)
        return loss_warnings(cluster, users, replace(volume, state=VolumeState.REDIRECTED))

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Suspend-ClusterResource -Name {self.resource(cluster)} -RedirectedAccess"


class TurnOffRedirectedAccess(VolumeRequest, frozen=True, tag="turn-off-redirected-access"):
    """Let every node with a path of its own reach a volume directly again."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Turn off redirected access for {volume_name(cluster, self.volume)}"

    def volume_problems(self, cluster: Cluster, volume: Volume) -> tuple[Problem, ...]:
        """See VolumeRequest.volume_problems."""
        if volume.state is VolumeState.REDIRECTED:
            return ()
        text = f"Nobody has turned redirected access on for {volume.name}."
        return (Problem("off-already", text, "A node without a path of its own is redirected all the same."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Resume-ClusterResource -Name {self.resource(cluster)}"


class LeaveRequest(VolumeRequest, frozen=True):
    """What takes a volume out of reach: its VMs are saved first."""

    def volume_problems(self, cluster: Cluster, volume: Volume) -> tuple[Problem, ...]:
        """See VolumeRequest.volume_problems."""
        if volume.state in (VolumeState.MAINTENANCE, VolumeState.OFFLINE):
            return (Problem("volume-away", f"{volume.name} is {_in_words(volume.state)} already."),)
        busy = [vm for vm in cluster.vms_on_volume(volume.id) if cluster.vms[vm].task is not None]
        if busy:
            text = f"{vm_names(cluster, busy)}: something is under way there, and the disks are on {volume.name}."
            return (Problem("vms-busy", text, "Wait until that has ended, or cancel it."),)
        stuck = [vm for vm in users_of(cluster, volume.id) if cluster.vms[vm].state not in _SAVABLE]
        if stuck:
            text = f"{vm_names(cluster, stuck)} can't be saved as things are."
            return (Problem("vms-stuck", text, "Turn it off, or mend its storage first."),)
        users = users_of(cluster, volume.id)
        if not users:
            return ()
        text = f"{vm_names(cluster, users)} will be saved first, and stay saved until somebody starts them again."
        return (warning("vms-saved", text),)


_SAVABLE = (VmState.RUNNING, VmState.PAUSED)


class TurnOnMaintenance(LeaveRequest, frozen=True, tag="turn-on-maintenance"):
    """Take a volume out of its name space for the tools that need it alone (`chkdsk /f`)."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Turn on maintenance for {volume_name(cluster, self.volume)}"

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Suspend-ClusterResource -Name {self.resource(cluster)} -Force"


class TurnOffMaintenance(VolumeRequest, frozen=True, tag="turn-off-maintenance"):
    """Bring a volume back from maintenance; VMs stay saved until somebody starts them."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Turn off maintenance for {volume_name(cluster, self.volume)}"

    def volume_problems(self, cluster: Cluster, volume: Volume) -> tuple[Problem, ...]:
        """See VolumeRequest.volume_problems."""
        if volume.state is VolumeState.MAINTENANCE:
            return ()
        return (Problem("not-in-maintenance", f"Nobody has turned maintenance on for {volume.name}."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Resume-ClusterResource -Name {self.resource(cluster)}"


class TakeVolumeOffline(LeaveRequest, frozen=True, tag="take-volume-offline"):
    """Take a volume offline."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Take {volume_name(cluster, self.volume)} offline"

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Stop-ClusterResource -Name {self.resource(cluster)}"


class BringVolumeOnline(VolumeRequest, frozen=True, tag="bring-volume-online"):
    """Bring a volume online that somebody has taken offline."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Bring {volume_name(cluster, self.volume)} online"

    def volume_problems(self, cluster: Cluster, volume: Volume) -> tuple[Problem, ...]:
        """See VolumeRequest.volume_problems."""
        if volume.state is not VolumeState.OFFLINE:
            return (Problem("online-already", f"Nobody has taken {volume.name} offline."),)
        lun = cluster.luns[volume.lun]
        if any(is_working(cluster, node) and reaches_lun(cluster, node, lun) for node in cluster.nodes):
            return ()
        text = f"No node that is up reaches {lun.name}, which carries {volume.name}."
        return (Problem("no-path", text, "Restore a path, the LUN or the SAN first."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Start-ClusterResource -Name {self.resource(cluster)}"


def _in_words(state: VolumeState) -> str:
    return "in maintenance" if state is VolumeState.MAINTENANCE else state.value
