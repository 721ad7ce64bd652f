"""What each quorum model survives, for this cluster: a row a model."""

from __future__ import annotations

from dataclasses import dataclass

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.membership import members, witness_lun
from hvgui.cluster.quorum import QuorumModel, recommended_model, survivable_losses
from hvgui.cluster.storage import LunUse
from hvgui.gui.words import counted, tr


@dataclass(frozen=True)
class Survival:
    """What one model withstands."""

    model: QuorumModel
    votes: str
    with_witness: str
    without_witness: str
    is_recommended: bool
    remark: str = ""


def survivals(cluster: Cluster) -> tuple[Survival, ...]:
    """A row a model, for as many nodes as the cluster has."""
    nodes = len(members(cluster))
    free = witness_lun(cluster) is not None or any(lun.use is LunUse.AVAILABLE for lun in cluster.luns.values())
    best = recommended_model(nodes, has_disk=free)
    return tuple(_survival(model, nodes, best) for model in QuorumModel)


def _survival(model: QuorumModel, nodes: int, best: QuorumModel) -> Survival:
    votes = 1 if model is QuorumModel.DISK_ONLY else nodes + model.has_witness
    return Survival(
        model,
        f"{votes:,}",
        losses_in_words(survivable_losses(model, nodes, witness_up=True), nodes),
        losses_in_words(survivable_losses(model, nodes, witness_up=False), nodes) if model.has_witness else "–",
        model is best,
        _remark(model, nodes),
    )


def losses_in_words(losses: int | None, nodes: int) -> str:
    """How many nodes may be lost."""
    if losses is None:
        return tr("nothing: the cluster stops")
    if not losses:
        return tr("the loss of no node")
    if losses == nodes - 1:
        return counted(losses, "the loss of the other node", "the loss of all nodes but one")
    return counted(losses, "the loss of {count} node", "the loss of {count} nodes")


def _remark(model: QuorumModel, nodes: int) -> str:
    match model:
        case QuorumModel.DISK_ONLY:
            return tr("The disk is a single point of failure.")
        case QuorumModel.NODE_MAJORITY if nodes % 2 == 0:
            return tr("With an even number of nodes a tie stops both halves.")
        case QuorumModel.NODE_AND_DISK | QuorumModel.NODE_AND_SHARE if nodes % 2:
            return tr("With an odd number of nodes the witness adds nothing.")
        case QuorumModel.NODE_AND_DISK:
            return tr("Every node has to reach the disk.")
        case QuorumModel.NODE_AND_SHARE:
            return tr("The share lies on a server outside the cluster.")
        case _:
            return ""
