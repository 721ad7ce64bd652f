"""Requests on the quorum: which model with which witness, heartbeats, and starting nodes that have none."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.heartbeat import HeartbeatSettings, ranges_of
from hvgui.cluster.ids import LunId, NetworkId
from hvgui.cluster.membership import members, standing, witness_lun
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.quorum import QuorumModel, QuorumSettings, recommended_model, survivable_losses
from hvgui.cluster.storage import LunUse
from hvgui.cluster.storage_access import reaches_lun
from hvgui.requests.faults import NodeRequest
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import Request, node_name, quoted
from hvgui.requests.storage_names import lun_name

_SWITCHES = {
    QuorumModel.NODE_MAJORITY: "-NodeMajority",
    QuorumModel.NODE_AND_DISK: "-NodeAndDiskMajority",
    QuorumModel.NODE_AND_SHARE: "-NodeAndFileShareMajority",
    QuorumModel.DISK_ONLY: "-DiskOnly",
}


class SetQuorum(Request, frozen=True, tag="set-quorum"):
    """Configure Cluster Quorum Settings: the model and its witness."""

    quorum_model: QuorumModel
    lun: LunId | None = None
    """The disk witness, where the model has one; None: the one there is."""
    witness_share: str = ""
    """The file share witness, `\\\\server\\share`, where the model has one."""
    share_network: NetworkId | None = None
    """The network over which the share is reached; None: any for clients."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Set the quorum of {cluster.name} to {self.quorum_model.value}"

    def settings(self, cluster: Cluster) -> QuorumSettings:
        """The settings as they will be."""
        lun = self._lun(cluster)
        return replace(
            cluster.quorum,
            model=self.quorum_model,
            witness_lun=lun,
            witness_share=self.witness_share if self.quorum_model is QuorumModel.NODE_AND_SHARE else "",
            share_network=self.share_network,
            witness_votes=True,
        )

    def _lun(self, cluster: Cluster) -> LunId | None:
        return (self.lun if self.lun is not None else witness_lun(cluster)) if self.quorum_model.needs_disk else None

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        if not standing(cluster).active:
            text = f"{cluster.name} has no quorum at present, and so nobody can change it."
            return (Problem("no-quorum", text, "Bring nodes back, or start a node by force first."),)
        if self.share_network is not None and self.share_network not in cluster.networks:
            return (Problem("no-such-network", f"There is no network no. {self.share_network} in this cluster."),)
        return (*self._witness_problems(cluster), *self._advice(cluster))

    def _witness_problems(self, cluster: Cluster) -> Iterator[Problem]:
        if self.quorum_model is QuorumModel.NODE_AND_SHARE and not self.witness_share.startswith("\\\\"):
            yield Problem("no-share", "A file share witness is given as \\\\server\\share.", "Name a share.")
        if not self.quorum_model.needs_disk:
            return
        lun_id = self._lun(cluster)
        if lun_id is None or lun_id not in cluster.luns:
            yield Problem("no-disk", f"{self.quorum_model.value} needs a disk witness.", "Choose an available LUN.")
            return
        lun = cluster.luns[lun_id]
        if lun.use not in (LunUse.AVAILABLE, LunUse.WITNESS) or cluster.vms_on_lun(lun_id):
            text = f"{lun_name(cluster, lun_id)} is in use as {lun.use.value}."
            yield Problem("lun-in-use", text, "Choose a LUN that nobody uses; half a gigabyte is enough.")
        away = [node for node in standing(cluster).active if not reaches_lun(cluster, node, lun)]
        if away:
            text = f"{node_name(cluster, away[0])} does not reach {lun.name}."
            yield Problem("no-path", text, "Present the LUN to every node, or mend the path.")

    def _advice(self, cluster: Cluster) -> Iterator[Problem]:
        nodes = len(members(cluster))
        best = recommended_model(nodes, has_disk=witness_lun(cluster) is not None or self.quorum_model.needs_disk)
        model = self.quorum_model
        if model is best or (best.has_witness and model is QuorumModel.NODE_AND_SHARE):
            return
        lost = survivable_losses(model, nodes, witness_up=True) or 0
        yield warning(
            "not-recommended",
            f"With {nodes} nodes {model.value} survives the loss of {lost}; recommended is {best.value}.",
        )

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        lun = self._lun(cluster)
        witness = lun_name(cluster, lun) if lun is not None else self.witness_share
        argument = f" {quoted(witness)}" if self.quorum_model.has_witness else ""
        return f"Set-ClusterQuorum {_SWITCHES[self.quorum_model]}{argument}"


class SetHeartbeat(Request, frozen=True, tag="set-heartbeat"):
    """Set how often nodes call each other, and how many calls may be missed."""

    heartbeat: HeartbeatSettings

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        beat = self.heartbeat
        return f"Set heartbeats to every {beat.same_subnet_delay_ms} ms, {beat.same_subnet_threshold} missed"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        ranges, beat, name = ranges_of(cluster.profile), self.heartbeat, cluster.profile.name
        asked = (
            ("delay on the same subnet", beat.same_subnet_delay_ms, ranges.delay_ms, " ms"),
            ("delay across subnets", beat.cross_subnet_delay_ms, ranges.cross_delay_ms, " ms"),
            ("threshold on the same subnet", beat.same_subnet_threshold, ranges.threshold, ""),
            ("threshold across subnets", beat.cross_subnet_threshold, ranges.threshold, ""),
        )
        return tuple(
            Problem("range", f"The {what} is {low:,} to {high:,}{unit} on {name}, not {value:,}.")
            for what, value, (low, high), unit in asked
            if not low <= value <= high
        )

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        beat = self.heartbeat
        return (
            f"$c = Get-Cluster; $c.SameSubnetDelay = {beat.same_subnet_delay_ms}; "
            f"$c.SameSubnetThreshold = {beat.same_subnet_threshold}; "
            f"$c.CrossSubnetDelay = {beat.cross_subnet_delay_ms}; "
            f"$c.CrossSubnetThreshold = {beat.cross_subnet_threshold}"
        )


class ForceQuorum(NodeRequest, frozen=True, tag="force-quorum"):
    """Start a node's cluster service without quorum (`net start clussvc /fq`): it, and who hears it, is the cluster."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Force {node_name(cluster, self.node)} to start without quorum"

    def node_problems(self, cluster: Cluster, state: NodeState) -> tuple[Problem, ...]:
        """See NodeRequest.node_problems."""
        name = node_name(cluster, self.node)
        active = standing(cluster).active
        if active:
            others = ", ".join(node_name(cluster, node) for node in active[:3])
            text = f"{others} {'is' if len(active) == 1 else 'are'} the cluster: it has quorum."
            return (Problem("has-quorum", text, "Two clusters would run the same VMs; let the node join that one."),)
        if state is not NodeState.ISOLATED:
            text = f"{name} is {state.value}: only a node that waits for quorum can be forced."
            return (Problem("not-waiting", text, "Choose a node that is isolated."),)
        return (
            warning(
                "forced",
                f"The configuration of {name} becomes that of the whole cluster, whatever the others have.",
                "Make sure that the others are off, or cut off for good.",
            ),
        )

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Start-ClusterNode -Name {quoted(node_name(cluster, self.node))} -FixQuorum"
