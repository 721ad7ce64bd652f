"""A cluster written as an inventory and read again is the same cluster, as far as inventories go."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.events import Level
from hvgui.cluster.ids import LunId, NodeId, SanId
from hvgui.cluster.installations import Installation, InstallationOption
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.storage import Controller, DiskKind, Lun, LunUse, VirtualDisk, VolumeState
from hvgui.cluster.units import GIB
from hvgui.exchange.inventory import read_inventory
from hvgui.exchange.inventory_export import write_inventory
from hvgui.exchange.samples import sample


def there_and_back(record: ClusterRecord, folder: Path) -> ClusterRecord:
    write_inventory(record, folder / "inventory.json")
    imported = read_inventory(folder / "inventory.json")
    assert not [finding for finding in imported.findings if finding.severity > Level.INFORMATION]
    assert inconsistencies(imported.record) == ()
    return imported.record


def as_inventoried(vm: VirtualMachine) -> tuple[object, ...]:
    """What an inventory holds of a VM."""
    settings = vm.memory.settings
    return (
        *(vm.id, vm.name, vm.guid, vm.owner, vm.state, vm.vcpus, vm.assigned_bytes, vm.generation, vm.notes),
        *(settings.startup_bytes, settings.dynamic, settings.maximum_bytes if settings.dynamic else 0),
        *(
            vm.disks,
            vm.adapters,
            vm.guest,
            vm.priority if vm.highly_available else None,
            vm.preferred_owners,
            vm.possible_owners,
        ),
        *(vm.highly_available, vm.processor_compatibility),
    )


@pytest.mark.parametrize("name", ["article-lab", "small-business", "r2-maximum"])
def test_a_sample_comes_back_with_the_same_nodes_vms_volumes_and_networks(name: str, tmp_path: Path) -> None:
    before = sample(name)
    after = there_and_back(before, tmp_path)
    assert (after.name, after.domain) == (before.name, before.domain)
    assert [as_inventoried(vm) for vm in after.vms] == [as_inventoried(vm) for vm in before.vms]
    assert [
        (node.id, node.name, node.state, node.memory_bytes, node.processor.logical, node.domain) for node in after.nodes
    ] == [
        (node.id, node.name, node.state, node.memory_bytes, node.processor.logical, node.domain)
        for node in before.nodes
    ]
    assert [(one.name, one.coordinator, one.size_bytes, one.used_bytes, one.state) for one in after.volumes] == [
        (one.name, one.coordinator, one.size_bytes, one.used_bytes, one.state) for one in before.volumes
    ]
    assert after.networks == before.networks
    assert after.links == before.links
    assert sum(lun.use is LunUse.WITNESS for lun in after.luns) == sum(lun.use is LunUse.WITNESS for lun in before.luns)


def test_every_profile_that_a_cluster_can_tell_comes_back(tmp_path: Path) -> None:
    assert there_and_back(sample("r2-maximum"), tmp_path).profile.name == "2008 R2 SP1"
    assert there_and_back(sample("todays-maximum"), tmp_path).profile.name == "2022"


def test_trouble_comes_back_too(tmp_path: Path) -> None:
    """A paused node, a redirected volume, a cut link, a pass-through disk, a LUN of its own, a saved VM."""
    before = sample("small-business")
    replace = msgspec.structs.replace
    own_lun, passed = LunId(len(before.luns)), LunId(len(before.luns) + 1)
    plain = VirtualDisk("e.vhd", GIB, DiskKind.FIXED, GIB, "E:\\VM\\e.vhd", Controller.SCSI, 0, 5, lun=own_lun)
    raw = VirtualDisk("Disk 7", 10 * GIB, DiskKind.PHYSICAL, 0, "", Controller.SCSI, 0, 6, lun=passed)
    vms = list(before.vms)
    vms[0] = replace(vms[0], disks=(*vms[0].disks, plain, raw))
    vms[1] = replace(vms[1], state=VmState.SAVED, assigned_bytes=0)
    vms[2] = replace(vms[2], name=vms[1].name, processor_compatibility=True)
    troubled = replace(
        before,
        nodes=(replace(before.nodes[0], state=NodeState.PAUSED), *before.nodes[1:]),
        volumes=(replace(before.volumes[0], state=VolumeState.REDIRECTED), *before.volumes[1:]),
        links=(replace(before.links[0], up=False), *before.links[1:]),
        luns=(
            *before.luns,
            Lun(own_lun, "Cluster Disk 9", SanId(0), 50 * GIB, LunUse.VM, NodeId(0)),
            Lun(passed, "Raw", SanId(0), 10 * GIB, LunUse.VM, NodeId(0)),
        ),
        vms=tuple(vms),
    )
    assert inconsistencies(troubled) == ()
    after = there_and_back(troubled, tmp_path)
    assert after.nodes[0].state is NodeState.PAUSED
    assert after.volumes[0].state is VolumeState.REDIRECTED
    assert [link.up for link in after.links].count(False) == 1
    assert after.vms[1].state is VmState.SAVED
    assert after.vms[2].processor_compatibility
    assert after.vms[2].name == after.vms[1].name
    first = after.vms[0].disks
    assert after.luns[first[-2].lun or 0].name == "Cluster Disk 9"
    assert after.luns[first[-2].lun or 0].use is LunUse.VM
    assert first[-1].kind is DiskKind.PHYSICAL
    assert after.luns[first[-1].lun or 0].size_bytes == 10 * GIB


def test_the_moment_of_collecting_is_kept(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    write_inventory(sample("article-lab"), tmp_path / "one.json", moment)
    assert read_inventory(tmp_path / "one.json").collected == moment


def test_what_is_installed_on_nodes_comes_back(tmp_path: Path) -> None:
    installed = Installation(
        "Windows Server 2019 Datacenter", "Service Pack 1", InstallationOption.CORE, updates=("KB1", "KB22")
    )
    before = sample("small-business")
    first, *others = before.nodes
    nodes = (msgspec.structs.replace(first, installation=installed, system_drive="D:"), *others)
    after = there_and_back(msgspec.structs.replace(before, nodes=nodes), tmp_path)
    assert after.nodes[0].installation == installed
    assert after.nodes[0].system_drive == "D:"
    assert after.nodes[1].installation == installed, "who does not tell is taken to be like its neighbours"
