"""What a scenario says of a node that only validation, and whoever starts VMs there, asks for."""

from __future__ import annotations

import re

import msgspec

from hvgui.cluster.installations import Installation, InstallationOption
from hvgui.cluster.nodes import Node
from hvgui.lab.scenario_table import Table

_OPTIONS = {option.value: option for option in InstallationOption}
_FLAGS = ("cluster_service_automatic", "memory_dump", "firewall_open")
_TEXTS = ("system", "service_pack", "architecture")
_LISTS = ("updates", "unsigned_drivers", "stopped_services")


def read_setting_up(table: Table, node: Node) -> Node:
    """The node with its domain, system drive, hardware virtualisation and installation. Raises ScenarioError."""
    domain, drive = table.text("domain"), table.text("system_drive")
    if drive is not None and re.fullmatch(r"[A-Za-z]:", drive) is None:
        raise table.error("'system_drive' is a letter and a colon, as \"C:\".", "system_drive")
    virtualises = table.flag("hardware_virtualisation")
    return msgspec.structs.replace(
        node,
        domain=node.domain if domain is None else domain,
        system_drive=node.system_drive if drive is None else drive.upper(),
        hardware_virtualisation=node.hardware_virtualisation if virtualises is None else virtualises,
        installation=_installation(table, node.installation),
    )


def _installation(table: Table, before: Installation) -> Installation:
    said = {
        **{key: table.flag(key) for key in _FLAGS},
        **{key: table.text(key) for key in _TEXTS},
        **{key: table.texts(key) for key in _LISTS},
        "option": table.choice("option", _OPTIONS),
    }
    return msgspec.structs.replace(before, **{key: value for key, value in said.items() if value is not None})
