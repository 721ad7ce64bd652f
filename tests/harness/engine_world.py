"""Worlds for tests of the engine: a two-node lab whose times can be worked out by hand, and ways to run it."""

from __future__ import annotations

from msgspec.structs import replace

from hvgui.cluster.clients import Clients
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.events import Event
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.load import Load, LoadCurve
from hvgui.cluster.machines import NetworkAdapter, VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory, MemoryRegion, MemorySettings
from hvgui.cluster.profiles import DEFAULT_PROFILE, Profile
from hvgui.cluster.tasks import Task
from hvgui.cluster.units import GIB, NANOSECONDS, nanoseconds
from hvgui.engine.run import Outcome, advance_to, apply, is_quiet, step
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.requests.request import Request
from small_cluster import CLIENTS, MIGRATION, small_record, small_vm

NODE1, NODE2, NODE3 = NodeId(0), NodeId(1), NodeId(2)
VM = VmId(0)
LINK = 125e6 * 1448 / 1538
"""What TCP's payload gets of a gigabit link, in bytes a second."""

__all__ = ["CLIENTS", "LINK", "MIGRATION", "NODE1", "NODE2", "NODE3", "VM", "Lab", "guest", "lab_record"]


def guest(
    number: int = 0,
    owner: int = 0,
    gigabytes: int = 2,
    regions: tuple[MemoryRegion, ...] = (),
    clients: Clients | None = None,
    state: VmState = VmState.RUNNING,
    cpu: LoadCurve | None = None,
) -> VirtualMachine:
    """A VM at a constant load, whose clients come in by the client network."""
    vm = small_vm(number, owner, state, gigabytes)
    return replace(
        vm,
        memory=GuestMemory(MemorySettings(gigabytes * GIB), regions),
        clients=clients or Clients(),
        load=Load(cpu=cpu or LoadCurve(level=0.2)),
        adapters=(NetworkAdapter("Network Adapter", f"00-15-5D-00-00-{number % 256:02X}", CLIENTS),),
    )


def lab_record(*vms: VirtualMachine, nodes: int = 2, profile: Profile = DEFAULT_PROFILE) -> ClusterRecord:
    """Nodes of 30 GB for VMs with two gigabit networks, a SAN of 125 MB/s and one shared volume."""
    return small_record(vms, nodes, profile)


class Lab:
    """A world with a recorder, and short words for what tests do with it."""

    def __init__(self, record: ClusterRecord, seed: int = 1) -> None:
        self.world = settled(record, seed)
        self.sink = Recorder()

    @property
    def vm(self) -> VirtualMachine:
        """The first VM as it is now."""
        return self.world.cluster.vms[VM]

    @property
    def codes(self) -> list[str]:
        """Codes of all events so far."""
        return [event.code for event in self.sink.events]

    def ask(self, request: Request) -> Outcome:
        """Ask for something; it must be accepted."""
        outcome = apply(self.world, request, self.sink)
        assert outcome.accepted, outcome.problems
        return outcome

    def until(self, seconds: float) -> None:
        """Run to a moment of the lab's clock."""
        assert advance_to(self.world, nanoseconds(seconds), self.sink)

    def until_quiet(self, most_seconds: float = 10_000.0) -> None:
        """Run until nothing is under way."""
        while not is_quiet(self.world):
            assert self.world.now_ns < nanoseconds(most_seconds), "it does not come to an end"
            advance_to(self.world, self.world.now_ns + nanoseconds(1.0), self.sink)

    def until_free(self) -> None:
        """Run until no task has hold of the first VM; heartbeats may still be missed then."""
        while self.vm.task is not None:
            step(self.world, self.sink)

    def until_told(self, code: str, most_seconds: float = 1_000.0) -> Event:
        """Run to the moment of the next event of that code."""
        told = len(self.sink.events)
        last_ns = self.world.now_ns + nanoseconds(most_seconds)
        while self.world.now_ns < last_ns:
            step(self.world, self.sink)
            for event in self.sink.events[told:]:
                if event.code == code:
                    return event
        raise AssertionError(f"no event '{code}' within {most_seconds} s: {self.codes[told:]}")

    @property
    def seconds(self) -> float:
        """The lab's clock."""
        return self.world.now_ns / NANOSECONDS

    def ended(self, number: int = -1) -> Task:
        """A task that has ended, the last by default."""
        return self.sink.tasks[number]
