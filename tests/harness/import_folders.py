"""Folders for tests of imports: as hvgui writes them, and as Hyper-V and others do. All of it is synthetic."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.guest_disks import DiskContents, Partition, PartitionStyle
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import Priority, Scheduling, VirtualMachine, VmState
from hvgui.cluster.storage import Controller, DiskKind, VirtualDisk
from hvgui.cluster.units import GIB, MIB
from hvgui.exchange.export.configuration import IDE, SCSI
from hvgui.exchange.export.plan import plan_export
from hvgui.exchange.export.writing import export_vm
from hvgui.exchange.vhd.layout import VhdType
from hvgui.exchange.vhd.writing import create
from hvgui.requests.snapshots import ApplySnapshot, TakeSnapshot
from memory_labs import MemoryLab
from storage_labs import VOLUME1, busy_guest, storage_record

VM = VmId(0)


def vm_at_rest(*, saved: bool = True) -> VirtualMachine:
    """One with two disks, an adapter, wishes and notes; saved, or off."""
    system = VirtualDisk(
        "system0.vhd",
        8 * GIB,
        DiskKind.DYNAMIC,
        64 * MIB,
        path="C:\\ClusterStorage\\Volume1\\VM00\\system0.vhd",
        volume=VOLUME1,
        contents=DiskContents(PartitionStyle.MBR, (Partition(4 * GIB, "NTFS", "System", "C", used_bytes=GIB),)),
    )
    data = VirtualDisk(
        "data.vhd",
        64 * MIB,
        DiskKind.FIXED,
        64 * MIB + 512,
        path="C:\\ClusterStorage\\Volume1\\VM00\\data.vhd",
        controller=Controller.SCSI,
        controller_location=3,
        volume=VOLUME1,
    )
    return replace(
        busy_guest(),
        state=VmState.SAVED if saved else VmState.OFF,
        saved_bytes=2 * MIB if saved else 0,
        assigned_bytes=0,
        disks=(system, data),
        notes="It has\nnotes",
        tags=("web",),
        priority=Priority.HIGH,
        preferred_owners=(NodeId(1),),
        possible_owners=(NodeId(0), NodeId(1)),
        scheduling=Scheduling(weight=200),
    )


def world_with_snapshots(*, saved: bool = True) -> MemoryLab:
    """The VM with two snapshots, one above the other, of which the first has been applied since."""
    lab = MemoryLab(storage_record(vm_at_rest(saved=saved)))
    for name in ("one", "two"):
        lab.ask(TakeSnapshot(VM, name))
    lab.ask(ApplySnapshot(VM, 1))
    return lab


def exported(cluster: Cluster, into: Path, vm: VmId = VM, *, configuration_only: bool = False) -> Path:
    """Its folder, below a new one."""
    into.mkdir(parents=True, exist_ok=True)
    return export_vm(plan_export(cluster, vm, configuration_only=configuration_only), into)


def with_vm(record: ClusterRecord, vm: VirtualMachine) -> Cluster:
    """A cluster that has got the machine of an import: what the engine does, without its time."""
    number = max((one.id for one in record.vms), default=-1) + 1
    adapters = tuple(
        one if one.mac else replace(one, mac=f"00-15-5D-77-{number % 256:02X}-{place:02X}")
        for place, one in enumerate(vm.adapters)
    )
    return Cluster(replace(record, vms=(*record.vms, replace(vm, id=VmId(number), adapters=adapters))))


def hyper_v_xml(
    name: str = "SQL01",
    guid: str = "6f1c7a52-90d5-4a3e-8f70-1d2c3b4a5968",
    drives: Mapping[tuple[str, int, int], str] | None = None,
    *,
    memory: str = "4096",
    count: str = "2",
    switch: str = "Clients",
    kind: str = "Virtual Machines",
    extra: str = "",
) -> bytes:
    """A configuration as Hyper-V 2008 R2 writes it, without anything of hvgui's."""
    places: dict[str, dict[int, list[str]]] = {IDE: {}, SCSI: {}}
    for (bus, number, location), path in (drives or {}).items():
        drive = f'<drive{location}><pathname type="string">{escape(path)}</pathname>'
        drive += f'<type type="string">{"ISO" if path.endswith(".iso") else "VHD"}</type></drive{location}>'
        places[IDE if bus == "IDE" else SCSI].setdefault(number, []).append(drive)
    buses = "".join(
        f"<_{device}_>"
        + "".join(f"<controller{number}>{''.join(inner)}</controller{number}>" for number, inner in numbers.items())
        + f"</_{device}_>"
        for device, numbers in places.items()
    )
    text = f"""<?xml version="1.0" encoding="UTF-16"?>
<configuration>
  <properties>
    <name type="string">{escape(name)}</name><global_id type="string">{guid.upper()}</global_id>
    <type_id type="string">{kind}</type_id><version type="integer">1280</version>
  </properties>
  <settings>
    <memory><bank>
      <size type="integer">{memory}</size><limit type="integer">8192</limit>
      <reservation type="integer">1024</reservation><dynamic_memory_enabled type="bool">True</dynamic_memory_enabled>
      <priority type="integer">6000</priority><target_memory_buffer type="integer">25</target_memory_buffer>
    </bank></memory>
    <processors><count type="integer">{count}</count><limit type="integer">50000</limit>
      <reservation type="integer">10000</reservation><weight type="integer">200</weight>
      <features><limit type="bool">True</limit></features></processors>
  </settings>
  {buses}
  <_3a5f0b1e-7c58-4a51-b2f4-9a1b2c3d4e5f_>
    <Connection><AltSwitchName type="string">{escape(switch)}</AltSwitchName></Connection>
    <FriendlyName type="string">Network Adapter</FriendlyName><IsConnected type="bool">True</IsConnected>
    <MacAddress type="string">00155D0A0B07</MacAddress>
  </_3a5f0b1e-7c58-4a51-b2f4-9a1b2c3d4e5f_>{extra}
</configuration>
"""
    return ("\ufeff" + text).encode("utf-16-le")


def hyper_v_export(folder: Path, *, snapshots: bool = True) -> Path:
    """What Hyper-V exports: a disk, one above it where a snapshot was taken, another disk, an ISO file in the drive."""
    for name in ("Virtual Machines", "Virtual Hard Disks", "Snapshots"):
        (folder / name).mkdir(parents=True)
    base, data = folder / "Virtual Hard Disks" / "System.vhd", folder / "Virtual Hard Disks" / "data.vhd"
    create(base, VhdType.DYNAMIC, 20 * GIB)
    create(data, VhdType.FIXED, 3 * MIB)
    now = "C:\\VMs\\SQL01\\system.vhd"
    if snapshots:
        frozen, above = uuid.UUID(int=7), folder / "Snapshots" / "system_1234.avhd"
        create(above, VhdType.DIFFERENCING, parent=base)
        inner = hyper_v_xml("before the patch", str(frozen), {("IDE", 0, 0): now}, memory="2048", kind="Snapshots")
        (folder / "Snapshots" / f"{str(frozen).upper()}.xml").write_bytes(inner)
        now = "C:\\VMs\\SQL01\\Snapshots\\system_1234.avhd"
    drives = {("IDE", 0, 0): now, ("SCSI", 1, 5): "D:\\Data\\data.vhd", ("IDE", 1, 0): "C:\\tools.iso"}
    (folder / "Virtual Machines" / "6F1C7A52-90D5-4A3E-8F70-1D2C3B4A5968.xml").write_bytes(hyper_v_xml(drives=drives))
    return folder


def exp_export(folder: Path) -> Path:
    """What Hyper-V 2008 R2 exports: an `.exp` file, disks, and a `config.xml` that tells of the export alone."""
    for name in ("Virtual Machines", "Virtual Hard Disks", "Snapshots"):
        (folder / name).mkdir(parents=True)
    for name in ("old.vhd", "data.vhd"):
        create(folder / "Virtual Hard Disks" / name, VhdType.DYNAMIC, GIB)
    (folder / "config.xml").write_text("<configuration/>", encoding="utf-8")
    place = folder / "Virtual Machines" / "11111111-2222-3333-4444-555555555555.exp"
    place.write_text(exp_text(), encoding="utf-16")
    return folder


def ovf_text(*, disks: str = "", items: str = "", files: str = "", name: str = "Win_2008-R2") -> str:
    """A virtual system with two processors, 2 GB, two disks and an adapter, in VMware's manner."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
 xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData">
  <References>
    <File ovf:href="disk1.vmdk" ovf:id="file1" ovf:size="3481968640"/>
    <File ovf:href="disk2.vmdk" ovf:id="file2" ovf:size="68096"/>{files}
  </References>
  <DiskSection><Info>Disks</Info>
    <Disk ovf:capacity="40" ovf:capacityAllocationUnits="byte * 2^30" ovf:diskId="d1" ovf:fileRef="file1"
      ovf:populatedSize="7684882432"/>
    <Disk ovf:capacity="1073741824" ovf:diskId="d2" ovf:fileRef="file2"/>{disks}
  </DiskSection>
  <NetworkSection><Info>Networks</Info><Network ovf:name="bridged"/></NetworkSection>
  <VirtualSystem ovf:id="vm"><Info>A machine</Info><Name>{escape(name)}</Name>
    <OperatingSystemSection ovf:id="103"><Info>The system</Info></OperatingSystemSection>
    <VirtualHardwareSection>
      <Item><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType>
        <rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item>
      <Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:InstanceID>2</rasd:InstanceID>
        <rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>2048</rasd:VirtualQuantity></Item>
      <Item><rasd:InstanceID>5</rasd:InstanceID><rasd:ResourceType>6</rasd:ResourceType></Item>
      <Item><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/d1</rasd:HostResource>
        <rasd:InstanceID>7</rasd:InstanceID><rasd:Parent>5</rasd:Parent>
        <rasd:ResourceType>17</rasd:ResourceType></Item>
      <Item><rasd:AddressOnParent>1</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/d2</rasd:HostResource>
        <rasd:InstanceID>8</rasd:InstanceID><rasd:Parent>5</rasd:Parent>
        <rasd:ResourceType>17</rasd:ResourceType></Item>
      <Item><rasd:Connection>bridged</rasd:Connection><rasd:ElementName>ethernet0</rasd:ElementName>
        <rasd:InstanceID>9</rasd:InstanceID><rasd:ResourceType>10</rasd:ResourceType></Item>{items}
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
"""


def exp_text(name: str = "OLD01", guid: str = "11111111-2222-3333-4444-555555555555") -> str:
    """WMI instances of a VM as 2008 R2 writes them into an `.exp` file; synthetic, by the names of the classes."""

    def instance(kind: str, **properties: str | list[str]) -> str:
        told = "".join(
            f'<PROPERTY.ARRAY NAME="{key}" TYPE="string"><VALUE.ARRAY>'
            + "".join(f"<VALUE>{escape(one)}</VALUE>" for one in value)
            + "</VALUE.ARRAY></PROPERTY.ARRAY>"
            if isinstance(value, list)
            else f'<PROPERTY NAME="{key}" TYPE="string"><VALUE>{escape(value)}</VALUE></PROPERTY>'
            for key, value in properties.items()
        )
        return f'<VALUE.OBJECT><INSTANCE CLASSNAME="{kind}">{told}</INSTANCE></VALUE.OBJECT>'

    scsi = "9B7E2F10-0000-4000-8000-0000000000AA"
    disk = "Microsoft Virtual Hard Disk"
    return (
        "<DECLARATIONS><DECLGROUP>"
        + instance("Msvm_VirtualSystemGlobalSettingData", ElementName=name, SystemName=guid.upper())
        + instance("Msvm_VirtualSystemSettingData", ElementName="a snapshot", InstanceID="Microsoft:OTHER")
        + instance("Msvm_MemorySettingData", VirtualQuantity="1024", Reservation="1024", Limit="1024")
        + instance("Msvm_ProcessorSettingData", VirtualQuantity="3", Weight="300", LimitProcessorFeatures="true")
        + instance(
            "Msvm_ResourceAllocationSettingData",
            ResourceSubType=disk,
            InstanceID=f"Microsoft:{guid}\\{IDE.upper()}\\0\\0\\L",
            Connection=["C:\\VMs\\old.vhd"],
        )
        + instance(
            "Msvm_ResourceAllocationSettingData",
            ResourceSubType=disk,
            InstanceID=f"Microsoft:{guid}\\{scsi}\\0\\7\\L",
            Connection=["D:\\data.vhd"],
        )
        + instance("Msvm_EmulatedEthernetPortSettingData", ElementName="Legacy", Address="00155D000102")
        + "</DECLGROUP></DECLARATIONS>"
    )
