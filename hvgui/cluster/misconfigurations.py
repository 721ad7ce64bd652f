"""How a node can be set up wrongly, and what its record says then: what administrators do, and validation finds.

Each is a fact of the node's own record. What follows from it: without its domain a node joins no cluster; without
hardware virtualisation (which takes a start) it starts no VM; a firewall that blocks cluster traffic cuts it off; a
cluster service that does not start with Windows leaves it out after a restart. The others nobody but validation sees.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.installations import Installation, InstallationOption
from hvgui.cluster.nodes import Node

if TYPE_CHECKING:
    from hvgui.cluster.cluster import Cluster


class Misconfiguration(enum.Enum):
    """By the names that scenarios use."""

    DOMAIN = "domain"
    VIRTUALISATION = "virtualisation"
    FIREWALL = "firewall"
    CLUSTER_SERVICE = "cluster service"
    SERVICES = "services"
    DRIVER = "driver"
    MEMORY_DUMP = "memory dump"
    UPDATE = "update"
    RELEASE = "release"
    SERVICE_PACK = "service pack"
    OPTION = "installation option"
    SYSTEM_DRIVE = "system drive"


UNSIGNED_DRIVER = "oldnic.sys"
STOPPED_SERVICE = "Remote Registry"
UPDATE = "KB976902"
"""The update that the others do not have."""
OTHER_RELEASES = ("Windows Server 2008", "Windows Server 2003")
"""What the node runs in place of its own system: the first of them that it does not run already."""
OTHER_PACK = "Service Pack 1"
OTHER_DRIVE = "D:"


def pattern_of(cluster: Cluster, node: Node) -> Node | None:
    """Another member that the node should be like; None: there is none."""
    return next((one for one in cluster.nodes.values() if one.id != node.id and one.is_member), None)


def domain_of(cluster: Cluster, node: Node) -> str:
    """The domain that a node should be in; empty: the cluster has none."""
    others = (one.domain for one in cluster.nodes.values() if one.id != node.id and one.is_member)
    return cluster.domain or next((domain for domain in others if domain), "")


def lacks_domain(cluster: Cluster, node: Node) -> bool:
    """Whether a node is in another domain than the other members, or in none where they are in one."""
    if Misconfiguration.DOMAIN.value in node.set_up_wrongly:
        return True
    members = (one for one in cluster.nodes.values() if one.id != node.id and one.is_member)
    domains = {one.domain.lower() for one in members if one.domain}
    return bool(domains) and node.domain.lower() not in domains


_RIGHT: dict[Misconfiguration, dict[str, object]] = {
    Misconfiguration.FIREWALL: {"firewall_open": True},
    Misconfiguration.CLUSTER_SERVICE: {"cluster_service_automatic": True},
    Misconfiguration.SERVICES: {"stopped_services": ()},
    Misconfiguration.DRIVER: {"unsigned_drivers": ()},
    Misconfiguration.MEMORY_DUMP: {"memory_dump": True},
}
_WRONG: dict[Misconfiguration, dict[str, object]] = {
    Misconfiguration.FIREWALL: {"firewall_open": False},
    Misconfiguration.CLUSTER_SERVICE: {"cluster_service_automatic": False},
    Misconfiguration.SERVICES: {"stopped_services": (STOPPED_SERVICE,)},
    Misconfiguration.DRIVER: {"unsigned_drivers": (UNSIGNED_DRIVER,)},
    Misconfiguration.MEMORY_DUMP: {"memory_dump": False},
}
"""What of an installation is so by itself."""
_ALIKE = {
    Misconfiguration.UPDATE: "updates",
    Misconfiguration.RELEASE: "system",
    Misconfiguration.SERVICE_PACK: "service_pack",
    Misconfiguration.OPTION: "option",
}
"""What of an installation has to be as it is on the others."""


def is_wrong(cluster: Cluster, node: Node, what: Misconfiguration) -> bool:
    """Whether the node is set up wrongly in this."""
    if what is Misconfiguration.DOMAIN:
        return lacks_domain(cluster, node)
    if what is Misconfiguration.VIRTUALISATION:
        coming = node.virtualisation_at_start
        return not (node.hardware_virtualisation if coming is None else coming)
    if what is Misconfiguration.SYSTEM_DRIVE:
        return node.system_drive != _drive_of(cluster, node)
    return replace(node.installation, **_right(cluster, node, what)) != node.installation


def misconfigured(node: Node, what: Misconfiguration) -> Node:
    """The node, set up wrongly in this; what its firmware says counts from its next start, if it has power now."""
    node = replace(node, set_up_wrongly=tuple(dict.fromkeys((*node.set_up_wrongly, what.value))))
    if what is Misconfiguration.DOMAIN:
        return replace(node, domain="")
    if what is Misconfiguration.VIRTUALISATION:
        return _with_virtualisation(node, on=False)
    if what is Misconfiguration.SYSTEM_DRIVE:
        return replace(node, system_drive=OTHER_DRIVE if node.system_drive != OTHER_DRIVE else "E:")
    blocks = node.blocks_cluster_traffic or what is Misconfiguration.FIREWALL
    wrong = {**_WRONG, **_unlike(node.installation)}[what]
    return replace(node, installation=replace(node.installation, **wrong), blocks_cluster_traffic=blocks)


def set_right(cluster: Cluster, node: Node, what: Misconfiguration) -> Node:
    """The node, set up in this as it should be: as another member is, where it is about being alike."""
    node = replace(node, set_up_wrongly=tuple(one for one in node.set_up_wrongly if one != what.value))
    if what is Misconfiguration.DOMAIN:
        return replace(node, domain=domain_of(cluster, node))
    if what is Misconfiguration.VIRTUALISATION:
        return _with_virtualisation(node, on=True)
    if what is Misconfiguration.SYSTEM_DRIVE:
        return replace(node, system_drive=_drive_of(cluster, node))
    blocks = node.blocks_cluster_traffic and what is not Misconfiguration.FIREWALL
    right = _right(cluster, node, what)
    return replace(node, installation=replace(node.installation, **right), blocks_cluster_traffic=blocks)


def _drive_of(cluster: Cluster, node: Node) -> str:
    pattern = pattern_of(cluster, node)
    return pattern.system_drive if pattern is not None else "C:"


def _right(cluster: Cluster, node: Node, what: Misconfiguration) -> dict[str, object]:
    """What of the installation should be, and how."""
    if what in _RIGHT:
        return _RIGHT[what]
    pattern = pattern_of(cluster, node)
    like = pattern.installation if pattern is not None else Installation()
    return {_ALIKE[what]: getattr(like, _ALIKE[what])}


def _unlike(there: Installation) -> dict[Misconfiguration, dict[str, object]]:
    """What an installation has not, in place of what it has."""
    full = there.option is InstallationOption.FULL
    return {
        Misconfiguration.UPDATE: {"updates": there.updates[:-1] if there.updates else (UPDATE,)},
        Misconfiguration.RELEASE: {"system": next(one for one in OTHER_RELEASES if one != there.system)},
        Misconfiguration.SERVICE_PACK: {"service_pack": "" if there.service_pack else OTHER_PACK},
        Misconfiguration.OPTION: {"option": InstallationOption.CORE if full else InstallationOption.FULL},
    }


def _with_virtualisation(node: Node, *, on: bool) -> Node:
    if node.has_power or node.is_starting:
        return replace(node, virtualisation_at_start=None if node.hardware_virtualisation == on else on)
    return replace(node, hardware_virtualisation=on, virtualisation_at_start=None)
