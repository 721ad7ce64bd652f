"""Scenarios that say how nodes are set up: what validation finds, and what it then refuses to start."""

from __future__ import annotations

from pathlib import Path

import pytest

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NetworkId, NodeId, SanId
from hvgui.cluster.installations import Installation, InstallationOption
from hvgui.cluster.misconfigurations import Misconfiguration
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.validation import Verdict
from hvgui.lab.scenario import read_scenario
from hvgui.lab.scenario_table import ScenarioError
from hvgui.lab.validation.running import Plan, validate
from hvgui.requests.fabric_setup import (
    PresentLun,
    SetAddress,
    SetLinkLatency,
    SetNetworkRole,
    SetReservations,
    SetSanLatency,
)
from hvgui.requests.misconfigurations import MisconfigureNode, SetNodeRight

_TEXT = """
sample = "small-business"
[[node]]
name = "HV02"
domain = "other.example"
system_drive = "d:"
hardware_virtualisation = false
system = "Windows Server 2008"
option = "core"
updates = ["KB1"]
unsigned_drivers = ["old.sys"]
stopped_services = ["Remote Registry"]
cluster_service_automatic = false
memory_dump = false
firewall_open = false
[[san]]
name = "SAN1"
persistent_reservations = false
[[link]]
node = "HV03"
network = "Cluster"
address = "10.9.9.9"
"""


def test_a_scenario_sets_nodes_up_and_validation_finds_it(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(_TEXT, encoding="utf-8")
    record = read_scenario(tmp_path / "one.toml").record
    node = record.nodes[1]
    assert (node.domain, node.system_drive, node.hardware_virtualisation) == ("other.example", "D:", False)
    assert node.installation == Installation(
        "Windows Server 2008",
        option=InstallationOption.CORE,
        updates=("KB1",),
        unsigned_drivers=("old.sys",),
        stopped_services=("Remote Registry",),
        cluster_service_automatic=False,
        memory_dump=False,
        firewall_open=False,
    )
    report = validate(Cluster(record), Plan(take_offline=frozenset(lun.id for lun in record.luns)))
    found = {result.id for result in report.results if result.verdict in (Verdict.FAILED, Verdict.WARNING)}
    system = ("active-directory", "drivers", "cluster-service", "memory-dump", "installation-option", "versions")
    assert {f"system.{name}" for name in (*system, "required-services", "updates", "system-drive")} <= found
    assert {"system.virtualisation", "network.firewall", "network.subnets", "storage.reservation"} <= found


@pytest.mark.parametrize(
    ("line", "says"), [('system_drive = "C"', "a letter and a colon"), ('option = "half"', "full")]
)
def test_what_no_node_can_be_is_a_sentence(line: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(
        f'sample = "small-business"\n[[node]]\nname = "HV02"\n{line}\n', encoding="utf-8"
    )
    with pytest.raises(ScenarioError, match=says):
        read_scenario(tmp_path / "one.toml")


def test_what_is_set_up_wrongly_and_right_again_is_asked_in_a_scenario(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(
        """
sample = "small-business"
[[request]]
do = "misconfigure-node"
node = "HV01"
wrong = "firewall"
[[request]]
at = "20s"
do = "set-node-right"
node = "HV01"
wrong = "firewall"
[[request]]
at = "60s"
do = "set-network-role"
network = "Cluster"
role = "none"
[[request]]
at = "61s"
do = "set-address"
node = "HV02"
network = "Client"
address = "10.0.0.99"
[[request]]
at = "62s"
do = "set-link-latency"
node = "HV02"
network = "Client"
latency = "20 ms"
[[request]]
at = "63s"
do = "set-san-latency"
san = "SAN1"
latency = "50 ms"
[[request]]
at = "64s"
do = "set-reservations"
san = "SAN1"
supported = false
[[request]]
at = "65s"
do = "present-lun"
lun = "LUN1"
nodes = ["HV01", "HV02"]
""",
        encoding="utf-8",
    )
    asked = [timed.request for timed in read_scenario(tmp_path / "one.toml").requests]
    node, network = NodeId(1), NetworkId(0)
    assert asked == [
        MisconfigureNode(NodeId(0), Misconfiguration.FIREWALL),
        SetNodeRight(NodeId(0), Misconfiguration.FIREWALL),
        SetNetworkRole(NetworkId(2), NetworkRole.NONE),
        SetAddress(node, network, "10.0.0.99"),
        SetLinkLatency(node, network, 0.02),
        SetSanLatency(SanId(0), 0.05),
        SetReservations(SanId(0), supported=False),
        PresentLun(LunId(0), (NodeId(0), NodeId(1))),
    ]
