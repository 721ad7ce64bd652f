"""A night whose course is known: whoever gives it another one raises the generation of the engine."""

from __future__ import annotations

import hashlib

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine import run
from hvgui.engine.generation import GENERATION
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.exchange.samples import sample
from hvgui.requests.chaos import StartChaos
from hvgui.requests.migration import LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.request import Request

KNOWN = {1: "108a1a80cac169ad"}
"""By generation, the digest of what happens in the night below."""


def _night(record: ClusterRecord, *requests: Request) -> list[str]:
    """What happens when these are asked in the first minutes, and faults come by themselves after that."""
    world, told = settled(record, seed=3), Recorder()
    for minute, request in enumerate((*requests, StartChaos(60.0, chaos_seed=3, mended_after_seconds=90.0))):
        run.advance_to(world, minute * 60 * NANOSECONDS, told)
        run.apply(world, request, told)
    run.advance_to(world, 2400 * NANOSECONDS, told)
    # To the thousandth of a second: another numpy may round the last digits otherwise.
    return [f"{event.time_ns // 1_000_000} {event.code} {event.vm} {event.node}" for event in told.events]


def test_whoever_changes_what_happens_raises_the_generation() -> None:
    """If this fails because the engine has changed on purpose: raise GENERATION, if it has not been raised since the
    last release, and put what the message says here. Labs of before then say that their past can't be replayed."""
    vms = [VmId(number) for number in range(3)]
    asked = (LiveMigrate(vms[0], NodeId(1)), QuickMigrate(vms[1], NodeId(1)), MoveVm(vms[2], NodeId(1)))
    happened = _night(sample("small-business"), *asked) + _night(sample("article-lab"), asked[0])
    assert len(happened) > 100
    digest = hashlib.sha256("\n".join(happened).encode()).hexdigest()[:16]
    assert KNOWN.get(GENERATION) == digest, f"KNOWN = {{{GENERATION}: {digest!r}}}"
