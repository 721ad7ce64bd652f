"""What an inventory says of quorum, heartbeats and failover: read back as written, and as the cmdlets give it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.events import Level
from hvgui.cluster.heartbeat import HeartbeatSettings
from hvgui.cluster.ids import LunId, NodeId, SanId
from hvgui.cluster.machines import Failback, FailoverPolicy, Priority
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.quorum import QuorumModel, QuorumSettings
from hvgui.cluster.storage import Lun, LunUse
from hvgui.cluster.units import GIB
from hvgui.exchange.inventory import Imported, read_inventory
from hvgui.exchange.inventory_export import inventory_of, write_inventory
from hvgui.exchange.samples import sample

SHARE = "\\\\fs\\witness"


def _back(record: ClusterRecord, folder: Path) -> ClusterRecord:
    write_inventory(record, folder / "inventory.json")
    imported = read_inventory(folder / "inventory.json")
    assert not [finding for finding in imported.findings if finding.severity > Level.INFORMATION]
    return imported.record


def _with(folder: Path, *, cluster: object = None, quorum: object = None, group: object = None) -> Imported:
    """The small business's inventory with other rows in these sections, or the first group's."""
    value = inventory_of(sample("small-business"))
    value["cluster"].update(cluster or {})  # type: ignore[union-attr, call-overload, arg-type]
    if quorum is not None:
        value["quorum"] = quorum  # type: ignore[assignment]
    value["groups"][0].update(group or {})  # type: ignore[index, union-attr, call-overload, arg-type]
    (folder / "changed.json").write_text(json.dumps(value))
    return read_inventory(folder / "changed.json")


def _doubts(imported: Imported) -> list[str]:
    return [finding.sentence for finding in imported.findings if finding.severity is Level.WARNING]


@pytest.mark.parametrize("model", list(QuorumModel), ids=lambda one: one.value)
def test_model_witness_heartbeats_and_policies_come_back(model: QuorumModel, tmp_path: Path) -> None:
    before = sample("small-business")
    disk = LunId(len(before.luns))
    before = replace(before, luns=(*before.luns, Lun(disk, "Witness", SanId(0), GIB, LunUse.WITNESS, NodeId(0))))
    settings = QuorumSettings(
        model,
        disk if model.needs_disk else None,
        SHARE if model is QuorumModel.NODE_AND_SHARE else "",
    )
    policy = FailoverPolicy(3, 12.0, Failback.BETWEEN_HOURS, 22, 5)
    first = replace(
        before.vms[0],
        failover=policy,
        anti_affinity=("dc", "ha"),
        preferred_owners=(NodeId(1), NodeId(0)),
        priority=Priority.HIGH,
    )
    second = replace(before.vms[1], failover=FailoverPolicy(failback=Failback.IMMEDIATELY))
    beat = HeartbeatSettings(500, 8, 2000, 9)
    before = replace(before, vms=(first, second, *before.vms[2:]), quorum=settings, heartbeat=beat)
    after = _back(before, tmp_path)
    assert after.quorum == settings
    assert after.heartbeat == beat
    assert [vm.failover for vm in after.vms[:3]] == [policy, second.failover, FailoverPolicy()]
    assert (after.vms[0].anti_affinity, after.vms[0].preferred_owners) == (("dc", "ha"), (NodeId(1), NodeId(0)))
    assert after.vms[0].priority is Priority.HIGH


def test_votes_follow_the_platform(tmp_path: Path) -> None:
    before = sample("small-business")
    nodes = (replace(before.nodes[0], has_vote=False), *before.nodes[1:])
    assert [node.has_vote for node in _back(replace(before, nodes=nodes), tmp_path).nodes] == [False, True, True]
    today = replace(before, nodes=nodes, profile=PROFILES["2022"])
    assert [node.has_vote for node in _back(today, tmp_path).nodes] == [False, True, True]


def test_files_without_these_sections_still_read(tmp_path: Path) -> None:
    value = inventory_of(sample("small-business"))
    del value["quorum"]
    for section in ("groups", "nodes"):
        for row in value[section]:  # type: ignore[union-attr]
            for key in ("AntiAffinityClassNames", "FailoverThreshold", "FailoverPeriod", "NodeWeight", "DynamicWeight"):
                row.pop(key, None)  # type: ignore[union-attr, call-arg, arg-type]
    for key in ("DynamicQuorum", "SameSubnetDelay", "SameSubnetThreshold", "CrossSubnetDelay", "CrossSubnetThreshold"):
        del value["cluster"][key]  # type: ignore[union-attr, call-overload, arg-type]
    (tmp_path / "old.json").write_text(json.dumps(value))
    imported = read_inventory(tmp_path / "old.json")
    assert _doubts(imported) == []
    assert imported.record.quorum == QuorumSettings()
    assert imported.record.heartbeat == HeartbeatSettings()


@pytest.mark.parametrize(
    ("quorum", "model", "said"),
    [
        ({"QuorumType": "Majority", "QuorumResource": ""}, QuorumModel.NODE_MAJORITY, ""),
        (
            {"QuorumType": "Majority", "QuorumResource": "File Share Witness", "SharePath": SHARE},
            QuorumModel.NODE_AND_SHARE,
            "",
        ),
        ({"QuorumType": "Majority", "QuorumResource": "Cloud Witness"}, QuorumModel.NODE_AND_SHARE, "in the cloud"),
        ({"QuorumType": "NodeMajority"}, QuorumModel.NODE_MAJORITY, ""),
        ({"QuorumType": 4, "QuorumResource": "Nowhere"}, QuorumModel.DISK_ONLY, "none of the cluster disks"),
        ({"QuorumType": "Committee"}, None, "'Committee', which is not known"),
    ],
)
def test_what_get_cluster_quorum_says(
    quorum: dict[str, object], model: QuorumModel | None, said: str, tmp_path: Path
) -> None:
    imported = _with(tmp_path, quorum=quorum)
    assert imported.record.quorum.model is model
    assert any(said in finding.sentence for finding in imported.findings)
    if "SharePath" in quorum:
        assert imported.record.quorum.witness_share == SHARE


def test_dynamic_quorum_that_is_switched_off_is_off(tmp_path: Path) -> None:
    value = inventory_of(replace(sample("small-business"), profile=PROFILES["2022"]))
    value["cluster"]["DynamicQuorum"] = 0  # type: ignore[index, call-overload]
    value["nodes"][2]["NodeWeight"] = 0  # type: ignore[index, call-overload]
    (tmp_path / "off.json").write_text(json.dumps(value))
    imported = read_inventory(tmp_path / "off.json")
    assert not imported.record.profile.features.dynamic_quorum
    assert [node.has_vote for node in imported.record.nodes] == [True, True, False]
    assert any("Dynamic quorum is switched off" in finding.sentence for finding in imported.findings)


def test_what_cannot_be_is_listed_and_assumed(tmp_path: Path) -> None:
    imported = _with(
        tmp_path,
        cluster={"SameSubnetDelay": 5, "CrossSubnetThreshold": "ten"},
        group={
            "FailoverThreshold": -1,
            "FailoverPeriod": 0,
            "AutoFailbackType": "Perhaps",
            "PreferredOwners": ["HV09"],
            "AntiAffinityClassNames": ["a", "a", ""],
        },
    )
    said = " ".join(_doubts(imported))
    for piece in ("SameSubnetDelay is 5", "CrossSubnetThreshold", "FailoverPeriod is 0 hours", "'Perhaps'", "HV09"):
        assert piece in said
    vm = imported.record.vms[0]
    assert vm.failover == FailoverPolicy()
    assert vm.anti_affinity == ("a",)
    assert imported.record.heartbeat == HeartbeatSettings()


def test_the_samples_have_what_real_clusters_have() -> None:
    controllers = [vm for vm in sample("small-business").vms if vm.name.startswith("DC")]
    assert [vm.anti_affinity for vm in controllers] == [("domain controllers",)] * 2
    assert sample("todays-maximum").heartbeat == HeartbeatSettings(1000, 10, 1000, 20)
