"""One migration alone on a link of constant rate: the shortest way from a guest to a result.

All decisions are `precopy`'s; this only lets time pass. Tests hold it against a page-exact twin and against measured
runs; the engine's procedure does the same with links that are shared and processors that starve.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hvgui.cluster.memory import GuestMemory
from hvgui.cluster.profiles import MigrationTimings, PassRule
from hvgui.engine.physics import precopy
from hvgui.engine.physics.precopy import PassRecord, StepKind


class Outcome(msgspec.Struct, frozen=True):
    """How a migration alone on its link went."""

    completed: bool
    """False: the time limit came first."""
    total_seconds: float
    """From the order to the guest running on the target."""
    sent_bytes: float
    blackout_seconds: float
    """0 where it did not complete."""
    log: tuple[PassRecord, ...]


def migrate_alone(
    guest: GuestMemory,
    memory_bytes: int,
    rule: PassRule,
    timings: MigrationTimings,
    *,
    line_bytes_per_second: float,
    phases: Sequence[float],
    limit_seconds: float = float("inf"),
) -> Outcome:
    """Migrate over a link that nobody else uses, at usual load, and give up when `limit_seconds` are over."""
    cap = timings.bandwidth_cap_bytes_per_second
    rate = min(line_bytes_per_second, cap) if cap > 0.0 else line_bytes_per_second
    state = precopy.begin(
        guest,
        memory_bytes,
        rule,
        timings,
        phases=phases,
        bandwidth_bytes_per_second=rate,
        line_bytes_per_second=line_bytes_per_second,
    )
    now = timings.setup_seconds
    kind = StepKind.MORE
    while kind is not StepKind.STOP:
        seconds = state.flow_bytes / rate
        if now + seconds > limit_seconds:
            left = state.flow_bytes - max(0.0, limit_seconds - now) * rate
            return Outcome(False, limit_seconds, precopy.sent_bytes(state, left), 0.0, state.log)
        now += seconds
        step = precopy.end_flow(precopy.advance(state, seconds), rate)
        state, kind = step.state, step.kind
        if kind is StepKind.AGAIN:
            now += timings.sync_seconds
            state = precopy.advance(state, timings.sync_seconds)
    blackout = step.blackout
    if blackout is None:
        raise AssertionError("a stop without a blackout")
    stopped = blackout.seconds_at(timings.stop_line_bytes_per_second or line_bytes_per_second)
    sent = state.sent_before_bytes + blackout.rest_wire_bytes + blackout.device_state_bytes
    return Outcome(True, now + stopped, sent, stopped, state.log)
