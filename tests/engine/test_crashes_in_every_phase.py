"""A node crashes, or is cut off, in every phase of every procedure: nothing is left half done, and what can run runs.

The phases are those that an undisturbed run goes through; the fault comes in the middle of each.
"""

from __future__ import annotations

from itertools import pairwise
from typing import get_args

import pytest
from msgspec.structs import replace

from chaos_labs import settle, wrongs
from engine_world import NODE1, NODE2, NODE3, VM, Lab, guest
from failover_labs import PATIENT
from hvgui.cluster.ids import LunId, NodeId, SanId, VmId, VolumeId
from hvgui.cluster.machines import VmState
from hvgui.cluster.storage import DiskKind, Lun, LunUse, VirtualDisk
from hvgui.cluster.units import GIB
from hvgui.engine.checkpoint import AnyProcedure, restore, snapshot
from hvgui.engine.run import advance_to
from hvgui.engine.sink import Recorder
from hvgui.requests.cloning import CloneVm
from hvgui.requests.disks import AddDisks
from hvgui.requests.faults import CrashNode
from hvgui.requests.lifecycle import SaveVm, ShutDownVm, StartVm, TurnOffVm
from hvgui.requests.migration import LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.network_faults import PartitionNetwork
from hvgui.requests.new_disks import NewDisk
from hvgui.requests.request import Request
from hvgui.requests.snapshots import DeleteSnapshot, TakeSnapshot
from hvgui.requests.volume_requests import MoveCoordinator
from storage_labs import storage_record

SHARED = (VmId(1), VmId(2))
FIXED = NewDisk(DiskKind.FIXED, "data", 10 * GIB, volume=VolumeId(0))
BEGUN: dict[str, tuple[Request, ...]] = {
    "live migration": (LiveMigrate(VM, NODE2),),
    "quick migration": (QuickMigrate(VM, NODE2),),
    "quick migration of a group": (QuickMigrate(SHARED[0], NODE2),),
    "move": (MoveVm(VM, NODE2),),
    "move of a group": (MoveVm(SHARED[0], NODE2),),
    "start": (TurnOffVm(VM), StartVm(VM)),
    "restore": (SaveVm(VM), StartVm(VM)),
    "shut down": (ShutDownVm(VM),),
    "save": (SaveVm(VM),),
    "add disks": (AddDisks(VM, (FIXED,)),),
    "snapshot": (TakeSnapshot(VM),),
    "merge": (TakeSnapshot(VM), DeleteSnapshot(VM, 1), TurnOffVm(VM)),
    "clone": (TurnOffVm(VM), CloneVm(vm=VM, name="copy", guid="00000000-0000-0000-0000-00000000000c")),
    "coordinator": (MoveCoordinator(VolumeId(0), NODE2),),
    "failover": (CrashNode(NODE1),),
}
"""By name: requests, each made when nothing is under way any more."""


def begun(name: str) -> Lab:
    """The last of the requests has just been made."""
    own = LunId(7)
    vms = (guest(0), *(replace(guest(number), disks=(VirtualDisk("d", 9 * GIB, lun=own),)) for number in SHARED))
    record = storage_record(*(replace(vm, failover=PATIENT) for vm in vms), nodes=5)
    missing = [LunId(number) for number in range(len(record.luns), own)]
    luns = [Lun(number, f"SPARE{number}", SanId(0), 200 * GIB) for number in missing]
    luns.append(Lun(own, "SHARED", SanId(0), 200 * GIB, LunUse.VM, NODE1))
    lab = Lab(replace(record, luns=(*record.luns, *luns)))
    *first, last = BEGUN[name]
    for request in first:
        lab.ask(request)
        lab.until_quiet()
    lab.ask(last)
    return lab


def phases(name: str) -> list[float]:
    """Moments (seconds after the last request) in the middle of what happens between two events of an undisturbed run,
    and one right at the beginning."""
    lab = begun(name)
    began, told = lab.seconds, len(lab.sink.events)
    lab.until(began + 90.0)
    events = lab.sink.events[told:]
    moments = sorted({began, *(event.time_ns / 1e9 for event in events)})
    return [0.0, *((one + other) / 2 - began for one, other in pairwise(moments))]


@pytest.mark.parametrize("name", list(BEGUN))
@pytest.mark.parametrize("dead", [NODE1, NODE2, NODE3])
def test_a_node_dies_or_is_cut_off_in_each_phase(name: str, dead: NodeId) -> None:
    for after in phases(name):
        for fault in (CrashNode(dead), PartitionNetwork(((dead,),))):
            lab = begun(name)
            lab.until(lab.seconds + after)
            if name == "failover" and dead == NODE1 and isinstance(fault, CrashNode):
                continue
            lab.ask(fault)
            assert wrongs(lab.world) == []
            twin = restore(snapshot(lab.world))
            lab.until(lab.seconds + 30.0)
            assert wrongs(lab.world) == []
            assert advance_to(twin, lab.world.now_ns, Recorder())
            assert snapshot(twin) == snapshot(lab.world)
            assert settle(lab.world, lab.sink) == []
            assert machine_states(lab) <= {VmState.RUNNING, VmState.OFF, VmState.SAVED}


def machine_states(lab: Lab) -> set[VmState]:
    return {vm.state for vm in lab.world.cluster.vms.values()}


def test_every_kind_of_procedure_is_among_them() -> None:
    seen: set[type] = set()
    for name in BEGUN:
        lab = begun(name)
        for _ in range(60):
            seen.update(map(type, lab.world.procedures.values()))
            lab.until(lab.seconds + 1.0)
    assert seen == set(get_args(AnyProcedure))
