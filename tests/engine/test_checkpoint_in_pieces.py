"""A checkpoint taken a few VMs at a time is the one taken at once, though the world goes on meanwhile."""

from __future__ import annotations

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine import checkpoint, run
from hvgui.engine.settling import settled
from hvgui.engine.sink import Silent
from hvgui.exchange.samples import sample
from hvgui.requests.migration import LiveMigrate


def test_pieces_make_the_whole() -> None:
    world = settled(sample("small-business"), seed=2)
    vm = next(vm for vm in world.cluster.vms.values() if not LiveMigrate(vm.id, NodeId(2)).check(world.cluster))
    run.apply(world, LiveMigrate(VmId(vm.id), NodeId(2)), Silent())
    run.advance_to(world, 6 * NANOSECONDS, Silent())
    wanted = checkpoint.snapshot(world)
    found = [b""]
    for piece in checkpoint.in_pieces(world, vms_a_piece=4):
        run.advance_to(world, world.now_ns + NANOSECONDS, Silent())
        found.append(piece)
    assert len(found) > 4
    assert set(found[:-1]) == {b""}
    assert found[-1] == wanted
