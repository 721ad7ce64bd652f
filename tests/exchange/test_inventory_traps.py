"""The traps of real inventories, one story each: how it looks in the file, and what is made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.events import Level
from hvgui.cluster.machines import Priority, VirtualMachine, VmState
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.storage import Controller, DiskKind, LunUse, VolumeState
from hvgui.cluster.units import GIB, MIB
from hvgui.exchange import inventory_file
from hvgui.exchange.inventory import Imported, InventoryError, read_inventory

DATA = Path(__file__).parent / "data"


def imported(name: str) -> Imported:
    return read_inventory(DATA / name)


def read(value: Any, folder: Path, encoding: str = "utf-8") -> Imported:
    path = folder / "inventory.json"
    path.write_bytes(json.dumps(value).encode(encoding))
    return read_inventory(path)


def refusal(content: bytes, folder: Path) -> str:
    path = folder / "inventory.json"
    path.write_bytes(content)
    with pytest.raises(InventoryError) as refused:
        read_inventory(path)
    return str(refused.value)


def named(result: Imported, name: str) -> VirtualMachine:
    return next(vm for vm in result.record.vms if vm.name == name)


def said(result: Imported, text: str) -> bool:
    return any(text in str(finding) for finding in result.findings)


def vm_on(node: str, name: str = "VM1", number: int = 1, **more: Any) -> dict[str, Any]:
    guid = f"a1b2c3d4-0001-4000-8000-{number:012d}"
    base = {"ComputerName": node, "Name": name, "Id": guid, "State": 2, "ProcessorCount": 1, "MemoryStartup": GIB}
    return {**base, "MemoryAssigned": GIB, "IsClustered": True, **more}


def cluster_of(*vms: Any, **sections: Any) -> dict[str, Any]:
    base = {"format": "hvgui-inventory", "version": 1, "cluster": {"Name": "C"}, "nodes": [{"Name": "N1", "State": 0}]}
    return {**base, "vms": list(vms), **sections}


# A cluster of Windows Server 2012 R2, enums as numbers


def test_2012_r2_is_known_by_its_version_of_windows_and_its_numbers_are_understood() -> None:
    result = imported("synthetic-2012r2.json")
    record = result.record
    assert (record.name, record.domain, record.profile.name) == ("OFFICE", "office.example", "2012 R2")
    assert [node.state for node in record.nodes] == [NodeState.UP, NodeState.PAUSED]
    assert record.nodes[0].processor.logical == 32
    assert record.nodes[0].processor.vendor == "Intel"
    assert "avx" in record.nodes[0].processor.features
    assert record.nodes[0].live_migrations == 2
    assert [(one.name, one.role, one.has_gateway) for one in record.networks] == [
        ("LAN", NetworkRole.CLUSTER_AND_CLIENT, True),
        ("Heartbeat", NetworkRole.CLUSTER_ONLY, False),
        ("Backup", NetworkRole.NONE, False),
    ]
    assert result.collected is not None
    assert result.collected.year == 2016


def test_a_shared_volume_that_is_one_object_and_not_a_list() -> None:
    (volume,) = imported("synthetic-2012r2.json").record.volumes
    assert (volume.name, volume.coordinator, volume.state) == ("Volume1", 1, VolumeState.REDIRECTED)
    assert volume.size_bytes - volume.used_bytes == 512 * GIB


def test_disks_are_found_on_the_volume_by_folder_and_by_volume_path_and_on_cluster_disks_by_drive_letter() -> None:
    record = imported("synthetic-2012r2.json").record
    file_server, database = record.vms[0], record.vms[1]
    assert [disk.volume for disk in file_server.disks] == [0, 0]
    assert [disk.kind for disk in file_server.disks] == [DiskKind.DYNAMIC, DiskKind.FIXED]
    own = database.disks[1].lun
    assert own is not None
    assert (record.luns[own].name, record.luns[own].use) == ("Cluster Disk 3", LunUse.VM)
    assert database.disks[2].local_node == 1
    assert [lun.name for lun in record.luns if lun.use is LunUse.WITNESS] == ["Cluster Disk 1"]


def test_two_disks_at_one_place_are_told_apart() -> None:
    result = imported("synthetic-2012r2.json")
    places = [(disk.controller, disk.controller_location) for disk in named(result, "SQL01").disks]
    assert places == [(Controller.SCSI, 0), (Controller.SCSI, 1), (Controller.SCSI, 2)]
    assert said(result, "Two disks are at SCSI 0:0")


def test_memory_that_somebody_wrote_in_megabytes() -> None:
    result = imported("synthetic-2012r2.json")
    assert named(result, "SQL01").memory.settings.startup_bytes == 16 * GIB
    assert said(result, "MemoryStartup is 16384; that can't be bytes")


def test_a_vm_listed_on_two_nodes_is_taken_from_its_owner() -> None:
    result = imported("synthetic-2012r2.json")
    (database,) = [vm for vm in result.record.vms if vm.name == "SQL01"]
    assert (database.owner, database.state, database.possible_owners) == (1, VmState.RUNNING, (1,))
    assert said(result, "SQL01 (a1b2c3d4-0001-4000-8000-000000000002) is listed twice")


def test_a_vm_whose_host_is_unknown_and_one_that_only_the_cluster_knows_are_kept_and_named() -> None:
    result = imported("synthetic-2012r2.json")
    assert named(result, "LOST").owner == 0
    assert said(result, "Its host 'HV9' is no node of the cluster; HV1 was assumed.")
    ghost = named(result, "GHOST")
    assert (ghost.owner, ghost.state, ghost.priority) == (1, VmState.OFF, Priority.LOW)
    assert said(result, "GHOST: The cluster has this VM and no node described it")


def test_what_the_collector_could_not_ask_is_a_finding() -> None:
    assert said(imported("synthetic-2012r2.json"), "HV2: Get-VMSwitch: The collector could not ask this")


def test_localised_status_does_not_matter_and_notes_keep_their_umlauts() -> None:
    file_server = named(imported("synthetic-2012r2.json"), "FS01")
    assert file_server.state is VmState.RUNNING
    assert file_server.notes == "Dateien für alle"
    assert file_server.processor_compatibility
    assert file_server.priority is Priority.HIGH
    assert file_server.preferred_owners == (0,)


def test_links_have_the_adapters_speeds_and_cut_ones_are_cut() -> None:
    links = {link.key: link for link in imported("synthetic-2012r2.json").record.links}
    assert len(links) == 4
    assert links[(0, 0)].bytes_per_second == 1.25e9
    assert links[(0, 1)].bytes_per_second == 1.25e8
    assert not links[(1, 1)].up


# A cluster of Windows Server 2019, enums as names


def test_2019_is_known_by_its_functional_level_and_its_names_are_understood() -> None:
    result = imported("synthetic-2019.json")
    record = result.record
    assert record.profile.name == "2019"
    assert [node.state for node in record.nodes] == [NodeState.UP, NodeState.UP, NodeState.DOWN]
    assert record.nodes[2].processor == record.nodes[0].processor
    assert record.nodes[0].processor.vendor == "AMD"
    assert [volume.state for volume in record.volumes[:2]] == [VolumeState.DIRECT, VolumeState.OFFLINE]
    web = named(result, "WEB01")
    settings = web.memory.settings
    assert (settings.dynamic, settings.minimum_bytes, settings.maximum_bytes) == (True, GIB, 8 * GIB)
    assert (settings.buffer_percent, settings.weight, web.assigned_bytes) == (35, 8_000, 3 * GIB)
    assert named(result, "APP01").state is VmState.RUNNING
    assert named(result, "OLD01").memory.settings.startup_bytes == GIB


def test_shares_gone_volumes_passed_through_and_shared_disks_are_all_named() -> None:
    result = imported("synthetic-2019.json")
    record = result.record
    web, app, old = named(result, "WEB01"), named(result, "APP01"), named(result, "OLD01")
    assert web.disks[0].kind is DiskKind.DIFFERENCING
    assert [record.volumes[disk.volume].name for disk in web.disks if disk.volume is not None] == [
        "FastTier",
        "sofs-vms",
    ]
    assert web.disks[2].kind is DiskKind.PHYSICAL
    assert (app.disks[1].path, old.disks[0].path) == ("C:\\ClusterStorage\\Gone\\APP01\\shared.vhdx", "")
    for text in ("file share \\\\sofs\\vms", "ClusterStorage\\Gone, which is not listed", "Disk 5 of WEB01 is passed"):
        assert said(result, text)
    assert said(result, "It shares the file C:\\ClusterStorage\\Gone\\APP01\\shared.vhdx with APP01")


def test_a_mac_address_used_twice_or_no_address_at_all_is_left_out() -> None:
    result = imported("synthetic-2019.json")
    assert named(result, "WEB01").adapters[0].mac == "00-15-5D-00-01-01"
    assert named(result, "APP01").adapters[0].mac == ""
    assert named(result, "TEMP").adapters[0].mac == ""
    assert said(result, "'not a mac' is no MAC address")


def test_more_memory_in_use_than_installed_is_believed_of_the_vms() -> None:
    result = imported("synthetic-2019.json")
    assert result.record.nodes[1].memory_bytes == 32 * GIB
    assert said(result, "N2: Its VMs occupy 16 GB and it is said to have 8 GB; 32 GB was assumed.")


def test_a_vm_that_is_not_clustered_and_one_in_mid_start() -> None:
    temporary = named(imported("synthetic-2019.json"), "TEMP")
    assert not temporary.highly_available
    assert temporary.state is VmState.RUNNING
    assert temporary.disks[0].local_node == 0


def test_other_roles_of_the_cluster_are_no_vms() -> None:
    assert "SOFS" not in [vm.name for vm in imported("synthetic-2019.json").record.vms]


def test_sections_and_entries_that_are_not_understood_are_named() -> None:
    result = imported("synthetic-2019.json")
    assert said(result, "The section 'storagePools' is not known")
    assert said(result, "vms[4]: This is no object; it was left out.")


def test_the_gravest_findings_come_first_and_the_guests_assumption_is_made_once() -> None:
    findings = imported("synthetic-2019.json").findings
    assert [finding.severity for finding in findings] == sorted((one.severity for one in findings), reverse=True)
    assert sum("working sets were assumed" in finding.sentence for finding in findings) == 1
    assert findings[0].severity is Level.ERROR


# A single VM, encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_one_vm_piped_into_a_file_in_whatever_encoding(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "vm.json"
    path.write_bytes((DATA / "synthetic-single-vm.json").read_text(encoding="utf-8").encode(encoding))
    result = read_inventory(path)
    assert [(vm.name, vm.assigned_bytes) for vm in result.record.vms] == [("ALONE", 2 * GIB)]
    assert [node.name for node in result.record.nodes] == ["HOST7"]
    assert said(result, "This is the output of Get-VM, not of the collector")


def test_an_ansi_file_is_read_and_doubted(tmp_path: Path) -> None:
    path = tmp_path / "ansi.json"
    path.write_bytes('{"Name": "BÜRO", "State": "Running", "ComputerName": "HÄUSER"}'.encode("cp1252"))
    result = read_inventory(path)
    assert result.record.vms[0].name == "BÜRO"
    assert said(result, "Windows-1252")


@pytest.mark.parametrize("wrap", [lambda vm: vm, lambda vm: [vm], lambda vm: {"value": [vm], "Count": 1}])
def test_one_vm_is_one_vm_however_powershell_wraps_it(wrap: Any, tmp_path: Path) -> None:
    result = read(cluster_of(**{"vms": wrap(vm_on("N1"))}), tmp_path)
    assert [vm.name for vm in result.record.vms] == ["VM1"]


@pytest.mark.parametrize(
    "state", [2, "2", "Running", "running", {"value": 2, "Value": "Running"}, {"Value": "Running", "value": 2}, [2]]
)
def test_a_running_vm_runs_however_its_state_is_written(state: Any, tmp_path: Path) -> None:
    result = read(cluster_of(vm_on("N1", State=state, MemoryAssigned=0)), tmp_path)
    assert result.record.vms[0].state is VmState.RUNNING
    assert result.record.vms[0].assigned_bytes == GIB


@pytest.mark.parametrize(
    ("state", "meant"),
    [
        (3, VmState.OFF),
        (6, VmState.SAVED),
        (32769, VmState.SAVED),
        ("FastSaved", VmState.SAVED),
        (9, VmState.PAUSED),
        (32768, VmState.PAUSED),
        ("RunningCritical", VmState.CRITICAL),
        (32785, VmState.CRITICAL),
        ("Off Critical", VmState.OFF),
    ],
)
def test_states_of_the_module_and_of_wmi(state: Any, meant: VmState, tmp_path: Path) -> None:
    assert read(cluster_of(vm_on("N1", State=state)), tmp_path).record.vms[0].state is meant


@pytest.mark.parametrize(
    "uptime", ["00:20:00", "00:20:00.5000000", {"Ticks": 12_000_000_000}, {"TotalSeconds": 1200.5, "Ticks": 1}, 1200]
)
def test_a_guest_that_has_just_started_has_more_zero_pages(uptime: Any, tmp_path: Path) -> None:
    fresh = read(cluster_of(vm_on("N1", Uptime=uptime)), tmp_path).record.vms[0]
    old = read(cluster_of(vm_on("N1", Uptime="40.00:00:00")), tmp_path).record.vms[0]
    assert fresh.memory.cold_zero_share > old.memory.cold_zero_share


def test_busier_guests_write_faster_and_needier_ones_have_larger_working_sets(tmp_path: Path) -> None:
    calm = vm_on("N1", "CALM", 1, CPUUsage=5, MemoryDemand=256 * MIB)
    busy = vm_on("N1", "BUSY", 2, CPUUsage=60, MemoryDemand=900 * MIB)
    record = read(cluster_of(calm, busy), tmp_path).record
    first, second = (vm.memory.regions[0] for vm in record.vms)
    assert second.size_bytes > 3 * first.size_bytes
    assert second.write_bytes_per_second > 10 * first.write_bytes_per_second


def test_nodes_are_matched_with_and_without_their_domain(tmp_path: Path) -> None:
    result = read(cluster_of(vm_on("n1.corp.example")), tmp_path)
    assert result.record.vms[0].owner == 0
    assert not said(result, "is no node")


def test_vms_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    result = read(cluster_of(vm_on("N1", "TWIN", 1), vm_on("N1", "TWIN", 2)), tmp_path)
    assert [vm.name for vm in result.record.vms] == ["TWIN", "TWIN"]
    assert said(result, "More than one VM has this name")


def test_without_any_word_on_windows_the_files_tell_its_age(tmp_path: Path) -> None:
    old = vm_on("N1", HardDrives=[{"Path": "C:\\ClusterStorage\\Volume1\\a.vhd"}])
    assert read(cluster_of(old), tmp_path).record.profile.name == "2008 R2 SP1"
    new = vm_on("N1", HardDrives=[{"Path": "C:\\ClusterStorage\\Volume1\\a.vhdx"}])
    assert read(cluster_of(new), tmp_path).record.profile.name == "2012 R2"


def host_of_build(node: str, version: str) -> dict[str, Any]:
    return {"ComputerName": node, "OperatingSystem": {"Version": version}}


@pytest.mark.parametrize(
    ("version", "profile"),
    [("6.1.7600", "2008 R2"), ("6.1.7601", "2008 R2 SP1"), ("10.0.20348", "2022"), ("10.0.26100", "2025")],
)
def test_the_version_of_windows_decides_the_profile(version: str, profile: str, tmp_path: Path) -> None:
    assert read(cluster_of(vm_on("N1"), hosts=[host_of_build("N1", version)]), tmp_path).record.profile.name == profile


def test_of_two_releases_the_older_one_decides(tmp_path: Path) -> None:
    hosts = [host_of_build("N1", "10.0.17763"), host_of_build("N2", "6.3.9600")]
    nodes = [{"Name": "N1", "State": 0}, {"Name": "N2", "State": 0}]
    result = read(cluster_of(vm_on("N1"), hosts=hosts, nodes=nodes), tmp_path)
    assert result.record.profile.name == "2012 R2"
    assert said(result, "different releases of Windows")


def test_another_collectors_sections_named_after_their_cmdlets(tmp_path: Path) -> None:
    """Get-VMHost as it came, with its VMs inside; Get-ClusterNode and Get-ClusterSharedVolume under their own names."""
    vm = {key: value for key, value in vm_on("", "INSIDE").items() if key != "ComputerName"}
    result = read(
        {
            "ClusterNodes": {"value": [{"Name": "N1", "State": "Up"}, {"Name": "N2", "State": "Up"}], "Count": 2},
            "VMHosts": [{"Name": "N2", "LogicalProcessorCount": 48, "MemoryCapacity": 96 * GIB, "VMs": vm}],
            "ClusterSharedVolumes": {"Name": "CSV", "FriendlyVolumeName": "C:\\ClusterStorage\\Vol", "OwnerNode": "N2"},
        },
        tmp_path,
    )
    assert [(machine.name, machine.owner) for machine in result.record.vms] == [("INSIDE", 1)]
    assert result.record.nodes[1].processor.logical == 48
    assert [node.memory_bytes for node in result.record.nodes] == [96 * GIB, 96 * GIB]
    assert [volume.name for volume in result.record.volumes] == ["Vol"]
    assert said(result, "It does not say that it is of the format hvgui-inventory")


@pytest.mark.parametrize(
    ("settings", "order"),
    [
        ({}, ()),
        ({"MigrationNetworkOrder": "c;a", "MigrationExcludeNetworks": ""}, (2, 0)),
        ({"MigrationNetworkOrder": "c;b;a", "MigrationExcludeNetworks": "B"}, (2, 0)),
        ({"MigrationNetworkOrder": None, "MigrationExcludeNetworks": "a;gone"}, (1, 2)),
    ],
)
def test_the_administrators_choice_of_networks_for_live_migration(
    settings: dict[str, Any], order: tuple[int, ...], tmp_path: Path
) -> None:
    networks = [{"Name": name.upper(), "Id": name, "Role": 1 + 2 * (name == "a")} for name in "abc"]
    result = read(cluster_of(vm_on("N1"), cluster={"Name": "C", **settings}, networks=networks), tmp_path)
    assert result.record.vms[0].migration_networks == order
    assert said(result, "name gone, which is not listed") == ("gone" in str(settings))


def test_2008_r2_by_wmi_tells_less_and_is_still_a_cluster(tmp_path: Path) -> None:
    """Neither IsClustered nor MemoryAssigned nor switches; EnabledState in place of State; GroupType unknown."""
    guid = "a1b2c3d4-0001-4000-8000-000000000001"
    drive = {"Path": "E:\\VM1\\vm1.vhd", "ControllerType": "IDE", "ControllerNumber": 0, "ControllerLocation": 0}
    adapter = {"Name": "Network Adapter", "MacAddress": "00155D000B00", "IsLegacy": False}
    vm = {
        **{"ComputerName": "N1", "Name": "VM1", "Id": guid.upper(), "EnabledState": 2, "Uptime": "3.00:00:00"},
        **{"ProcessorCount": 2, "CompatibilityForMigrationEnabled": True, "MemoryStartup": GIB},
        **{"DynamicMemoryEnabled": True, "MemoryMinimum": GIB, "MemoryMaximum": 4 * GIB},
        **{"Memory": {"Buffer": 20, "Priority": 50}, "HardDrives": [drive], "NetworkAdapters": [adapter]},
    }
    result = read(
        cluster_of(
            vm,
            hosts=[host_of_build("N1", "6.1.7601")],
            groups=[
                {"Name": "VM1", "OwnerNode": "N1", "State": 0},
                {"Name": "Printers", "OwnerNode": "N1", "State": 0},
            ],
            resources=[
                {"Name": "Virtual Machine VM1", "ResourceType": "Virtual Machine", "OwnerGroup": "VM1", "VmId": guid}
            ],
            disks=[
                {"Name": "Cluster Disk 1", "OwnerGroup": "VM1", "OwnerNode": "N1", "Size": 50 * GIB, "Paths": ["E:"]}
            ],
        ),
        tmp_path,
    )
    (machine,) = result.record.vms
    assert result.record.profile.name == "2008 R2 SP1"
    assert (machine.state, machine.assigned_bytes, machine.highly_available) == (VmState.RUNNING, GIB, True)
    assert machine.processor_compatibility
    assert machine.memory.settings.maximum_bytes == 4 * GIB
    assert machine.disks[0].lun == 0
    assert machine.adapters[0].network is None


# Refusals


def test_broken_json_is_refused_with_line_and_column(tmp_path: Path) -> None:
    sentence = refusal(b'{\n "vms": [\n  {"Name": oops}\n ]\n}', tmp_path)
    assert sentence.startswith("inventory.json, line 3, column 12: this is no JSON (")


def test_a_file_cut_short_is_refused_with_the_place_of_its_end(tmp_path: Path) -> None:
    assert "line 2, column 7: this is no JSON (it ends too early" in refusal(b'{"vms":\n [1, 2', tmp_path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"  \r\n", "is empty"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "no inventory"),
        (b'"text"', "no inventory"),
        (b'{"rows": [1]}', "no inventory"),
        (b'{"format": "something-else", "vms": []}', "is of the format 'something-else'"),
        (b'{"format": "hvgui-inventory", "version": 1, "nodes": [], "vms": []}', "neither nodes nor VMs"),
        (b"\xff\xfea", "damaged near byte"),
        (b"MZ\x90\x00\x03", "is no JSON"),
    ],
)
def test_what_is_no_inventory_is_refused_in_one_sentence(content: bytes, why: str, tmp_path: Path) -> None:
    assert why in refusal(content, tmp_path)


def test_a_two_gigabyte_file_is_refused_without_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(2 * GIB)

    def must_not_open(*_: object, **__: object) -> None:
        raise AssertionError("the file was opened")

    monkeypatch.setattr(Path, "open", must_not_open)
    with pytest.raises(InventoryError, match=r"huge\.json is 2 GB large and an inventory is at most 256 MB"):
        read_inventory(path)


def test_json_that_would_fill_the_memory_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory_file, "MOST_VALUES", 1_000)
    assert "holds more than 1,000 values" in refusal(b"[" + b"[]," * 1_000 + b"1]", tmp_path)


def test_a_folder_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match="is a folder"):
        read_inventory(tmp_path)
    with pytest.raises(InventoryError, match="does not exist"):
        read_inventory(tmp_path / "nowhere.json")
    with pytest.raises(InventoryError, match=r"can't be read|does not exist"):
        read_inventory(Path("a\0b"))


def test_too_many_nodes_are_refused(tmp_path: Path) -> None:
    nodes = [{"Name": f"N{number}", "State": 0} for number in range(5_000)]
    sentence = refusal(json.dumps(cluster_of(nodes=nodes)).encode(), tmp_path)
    assert sentence == "inventory.json: The inventory names 5,000 nodes; at most 4,096 are read."


def test_a_newer_collectors_file_is_read_as_far_as_known(tmp_path: Path) -> None:
    result = read({**cluster_of(vm_on("N1")), "version": 7}, tmp_path)
    assert said(result, "A newer collector wrote it (version 7, known is 1)")
    assert inconsistencies(result.record) == ()
