"""An inventory's quorum and heartbeats: Get-ClusterQuorum, the cluster's own properties, the votes of its nodes."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from hvgui.cluster.heartbeat import HeartbeatSettings, ranges_of
from hvgui.cluster.nodes import Node
from hvgui.cluster.profiles import Profile
from hvgui.cluster.quorum import QuorumModel, QuorumSettings
from hvgui.cluster.storage import Lun, LunUse
from hvgui.exchange.enumerations import QUORUM_TYPES
from hvgui.exchange.findings import Findings
from hvgui.exchange.powershell_json import PsObject

_CLOUD = "cloud"
_SHARE = "file share"


def quorum_of(root: PsObject, luns: list[Lun], findings: Findings) -> QuorumSettings:
    """Model and witness as the cluster has them. An inventory that says nothing of them leaves the model to be the
    recommended one."""
    about = root.child("quorum")
    witness = about.text("QuorumResource")
    model = _model(about, witness, findings)
    if model is None:
        return QuorumSettings()
    disk = next((lun.id for lun in luns if lun.use is LunUse.WITNESS), None)
    share = about.text("SharePath", longest=1_000)
    if model.needs_disk and disk is None:
        findings.doubt(
            about.where, f"Its witness '{witness}' is none of the cluster disks: the model {model.value} has none here."
        )
    if model is QuorumModel.NODE_AND_SHARE and not share:
        what = "lies in the cloud; a file share was taken in its place" if _is_cloud(about, witness) else "has no path"
        findings.note(about.where, f"The witness '{witness}' {what}.")
    return QuorumSettings(model, disk if model.needs_disk else None, share if not model.needs_disk else "")


def _model(about: PsObject, witness: str, findings: Findings) -> QuorumModel | None:
    """By Get-ClusterQuorum's type; from 2016 that says Majority, and the witness tells which."""
    if not about.property_names():
        return None
    if about.text("QuorumType").replace(" ", "").lower() not in ("", "majority", "5"):
        return about.one_of(QUORUM_TYPES, "QuorumType")
    if not witness:
        return QuorumModel.NODE_MAJORITY if about.has("QuorumType") else None
    if _is_cloud(about, witness) or _SHARE in witness.lower() or about.has("SharePath"):
        return QuorumModel.NODE_AND_SHARE
    if about.text("ResourceType") not in ("", "Physical Disk"):
        findings.doubt(about.where, f"The witness '{witness}' is of no known type; it was taken for a disk.")
    return QuorumModel.NODE_AND_DISK


def _is_cloud(about: PsObject, witness: str) -> bool:
    return _CLOUD in witness.lower() or _CLOUD in about.text("ResourceType").lower()


def heartbeat_of(about: PsObject, profile: Profile, findings: Findings) -> HeartbeatSettings:
    """The cluster's four properties; what is missing or can't be is as by default."""
    usual, ranges = HeartbeatSettings(), ranges_of(profile)
    found: dict[str, int] = {}
    for field, name, accepted in (
        ("same_subnet_delay_ms", "SameSubnetDelay", ranges.delay_ms),
        ("same_subnet_threshold", "SameSubnetThreshold", ranges.threshold),
        ("cross_subnet_delay_ms", "CrossSubnetDelay", ranges.cross_delay_ms),
        ("cross_subnet_threshold", "CrossSubnetThreshold", ranges.threshold),
    ):
        value = about.count(name, most=100_000)
        if value is None:
            continue
        least, most = accepted
        if not least <= value <= most:
            assumed = getattr(usual, field)
            findings.doubt(
                about.where, f"{name} is {value}, and {profile.name} accepts {least} to {most}; {assumed} was assumed."
            )
            continue
        found[field] = value
    return replace(usual, **found)


def with_dynamic_quorum(profile: Profile, about: PsObject, findings: Findings) -> Profile:
    """The profile of a cluster that has dynamic quorum switched off has none."""
    if profile.features.dynamic_quorum and about.flag("DynamicQuorum") is False:
        findings.note(about.where, "Dynamic quorum is switched off: votes stay with their nodes.")
        return msgspec.structs.replace(profile, features=replace(profile.features, dynamic_quorum=False))
    return profile


def with_votes(nodes: list[Node], root: PsObject, profile: Profile, findings: Findings) -> list[Node]:
    """Who votes: what dynamic quorum has withdrawn, or an administrator, where votes do not follow the nodes."""
    listed = {one.text("Name", "NodeName").split(".", maxsplit=1)[0].lower(): one for one in root.objects("nodes")}
    return [_with_vote(node, listed.get(node.name.lower()), profile, findings) for node in nodes]


def _with_vote(node: Node, one: PsObject | None, profile: Profile, findings: Findings) -> Node:
    if one is None:
        return node
    weight, dynamic = one.count("NodeWeight", most=1), one.count("DynamicWeight", most=1)
    if not profile.features.dynamic_quorum:
        return replace(node, has_vote=False) if weight == 0 else node
    if weight == 0:
        findings.doubt(
            node.name, "An administrator has taken its vote away (NodeWeight 0); with dynamic quorum it votes here."
        )
    return replace(node, has_vote=False) if dynamic == 0 or weight == 0 else node
