"""What holds of every pre-copy, whatever the guest and the link."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alone_on_a_link import Outcome, migrate_alone
from hvgui.cluster.memory import GuestMemory, MemoryRegion, MemorySettings, WritePattern
from hvgui.cluster.profiles import MigrationTimings, PassRule, StopRule
from hvgui.cluster.units import GIB, MIB, PAGE_BYTES
from hvgui.engine.physics import precopy
from hvgui.engine.physics.precopy import LOG_PASSES, Precopy, Step, StepKind, StopReason

GIGABIT = 117e6
TIMINGS = MigrationTimings()
HYPER_V = PassRule()
QEMU = PassRule(StopRule.THRESHOLD, max_passes=0)

patterns = st.sampled_from(list(WritePattern))
regions = st.builds(
    MemoryRegion,
    name=st.just("region"),
    size_bytes=st.integers(1, 600).map(lambda mebibytes: mebibytes * MIB),
    write_bytes_per_second=st.floats(0, 400e6),
    pattern=patterns,
    zero_share=st.floats(0, 1),
)
guests = st.builds(
    GuestMemory,
    settings=st.just(MemorySettings(GIB)),
    regions=st.lists(regions, max_size=4).map(tuple),
    cold_zero_share=st.floats(0, 1),
)


def phases_of(guest: GuestMemory, phase: float = 0.3) -> tuple[float, ...]:
    return (phase,) * precopy.writers_of(guest, guest.settings.startup_bytes)


def alone(
    guest: GuestMemory, rule: PassRule = HYPER_V, rate: float = GIGABIT, timings: MigrationTimings = TIMINGS
) -> Outcome:
    return migrate_alone(
        guest,
        guest.settings.startup_bytes,
        rule,
        timings,
        line_bytes_per_second=rate,
        phases=phases_of(guest),
        limit_seconds=3600.0,
    )


def begun(guest: GuestMemory, rule: PassRule = HYPER_V, rate: float = GIGABIT) -> Precopy:
    return precopy.begin(
        guest,
        guest.settings.startup_bytes,
        rule,
        TIMINGS,
        phases=phases_of(guest),
        bandwidth_bytes_per_second=rate,
        line_bytes_per_second=rate,
    )


def busy(write_rate: float, mebibytes: int = 256, pattern: WritePattern = WritePattern.CYCLIC) -> GuestMemory:
    return GuestMemory(MemorySettings(GIB), (MemoryRegion("hot", mebibytes * MIB, write_rate, pattern),))


def expected_memory_wire_bytes(guest: GuestMemory) -> float:
    """Wire bytes of all pages once, as if nothing was written: pages that are not zero, and headers of zero pages."""
    total, left = 0.0, guest.settings.startup_bytes / PAGE_BYTES
    for size, zero_share in [(r.size_bytes, r.zero_share) for r in guest.regions] + [(GIB, guest.cold_zero_share)]:
        pages = min(left, size / PAGE_BYTES)
        total += pages * ((1 - zero_share) * 4104 + zero_share * 9)
        left -= pages
    return total


@settings(max_examples=100, deadline=None)
@given(guests, st.sampled_from([HYPER_V, PassRule(StopRule.THRESHOLD, max_passes=20)]), st.floats(20e6, 2e9))
def test_all_memory_that_is_not_zero_is_sent(guest: GuestMemory, rule: PassRule, rate: float) -> None:
    outcome = alone(guest, rule, rate)
    assert outcome.completed
    assert outcome.sent_bytes >= expected_memory_wire_bytes(guest) - 1
    assert len(outcome.log) <= rule.max_passes


@settings(max_examples=100, deadline=None)
@given(guests, st.floats(20e6, 2e9))
def test_the_log_of_passes_adds_up(guest: GuestMemory, rate: float) -> None:
    log = alone(guest, HYPER_V, rate).log
    assert log[0].set_bytes == GIB
    for number, record in enumerate(log, start=1):
        assert record.number == number
        assert max(record.unsent_bytes, record.dirtied_bytes) <= record.rest_bytes + 1
        assert record.rest_bytes <= record.unsent_bytes + record.dirtied_bytes + 1
    for before, after in itertools.pairwise(log):
        assert after.set_bytes == before.rest_bytes


@settings(max_examples=60, deadline=None)
@given(guests, st.integers(1, 12), st.floats(20e6, 1e9), st.floats(1.0, 10.0))
def test_more_bandwidth_never_lengthens_the_same_number_of_passes(
    guest: GuestMemory, passes: int, rate: float, factor: float
) -> None:
    guest = msgspec.structs.replace(
        guest,
        regions=tuple(msgspec.structs.replace(r, pattern=WritePattern.RANDOM, zero_share=0.0) for r in guest.regions),
    )
    rule = PassRule(max_passes=passes, blackout_target_seconds=0.0, not_shrinking_ratio=1e9)
    assert alone(guest, rule, rate * factor).total_seconds <= alone(guest, rule, rate).total_seconds + 1e-6


@given(st.floats(0, 1))
def test_zero_pages_are_nearly_free(zero_share: float) -> None:
    guest = GuestMemory(MemorySettings(GIB), cold_zero_share=zero_share)
    sent = alone(guest).sent_bytes - TIMINGS.device_state_bytes
    assert sent == pytest.approx((1 - zero_share) * GIB * 4104 / 4096 + zero_share * GIB / PAGE_BYTES * 9, abs=2)


def test_an_idle_guest_needs_one_pass() -> None:
    outcome = alone(GuestMemory(MemorySettings(GIB)))
    assert [record.rest_bytes for record in outcome.log] == [0]
    assert outcome.blackout_seconds < 0.15


def test_a_small_hot_set_converges_though_it_is_written_faster_than_the_link() -> None:
    """225 MB/s of writes into 64 MiB over 250 MB/s: what counts is the set, not the rate."""
    outcome = alone(busy(225e6, 64), QEMU, 250e6)
    assert outcome.completed
    assert outcome.log[-1].dirtied_bytes <= 64 * MIB
    assert outcome.log[-1].rest_bytes < 250e6 * QEMU.blackout_target_seconds


def test_a_set_that_outruns_the_link_stops_when_it_no_longer_shrinks() -> None:
    step = run_to_stop(busy(400e6), HYPER_V)
    assert step.blackout is not None
    assert step.blackout.reason is StopReason.NOT_SHRINKING
    assert step.blackout.rest_wire_bytes == pytest.approx(256 * MIB * 4104 / 4096)
    assert step.blackout.seconds_at(GIGABIT) > 2.0


def test_a_set_that_shrinks_too_slowly_stops_after_the_last_pass() -> None:
    rule = PassRule(max_passes=5, blackout_target_seconds=0.01)
    step = run_to_stop(busy(0.8 * GIGABIT, 900), rule)
    assert step.blackout is not None
    assert step.blackout.reason is StopReason.PASSES
    assert len(step.state.log) == 5


def test_the_blackout_counts_what_is_in_flight_once() -> None:
    step = run_to_stop(busy(10e6), HYPER_V)
    assert step.blackout is not None
    assert step.blackout.in_flight_bytes == TIMINGS.in_flight_bytes
    carried = sum(record.sent_bytes for record in step.state.log) - TIMINGS.in_flight_bytes
    whole = carried + step.blackout.wire_bytes - TIMINGS.device_state_bytes
    assert whole == pytest.approx(step.state.sent_before_bytes + step.blackout.rest_wire_bytes, abs=10)


def test_passes_capped_below_the_link_leave_nothing_in_flight() -> None:
    timings = msgspec.structs.replace(TIMINGS, bandwidth_cap_bytes_per_second=50e6)
    capped = alone(busy(10e6), QEMU, 1.4e9, timings)
    assert capped.total_seconds > GIB / 50e6
    assert capped.blackout_seconds < 0.1


def test_a_starving_guest_dirties_less() -> None:
    state = begun(busy(80e6))
    seconds = state.flow_bytes / GIGABIT
    full = precopy.end_flow(precopy.advance(state, seconds), GIGABIT).state.log[0]
    half = precopy.end_flow(precopy.advance(state, seconds / 8), GIGABIT).state.log[0]
    assert half.dirtied_bytes < full.dirtied_bytes
    assert half.dirtied_bytes == pytest.approx(80e6 * seconds / 8, abs=PAGE_BYTES)


def test_where_the_bandwidth_fell_the_same_pass_goes_on_until_the_rest_fits() -> None:
    state = begun(busy(1e6), QEMU, 100e6)
    step = precopy.end_flow(precopy.advance(state, 1.0), 50e6)
    assert step.kind is StepKind.MORE
    assert step.state.pass_number == 1
    missing = (100e6 - 50e6) * QEMU.blackout_target_seconds
    assert step.state.flow_bytes == pytest.approx(missing, rel=0.5)
    assert precopy.end_flow(step.state, 50e6).kind is StepKind.STOP


def test_graphs_see_the_rest_fall_and_the_dirty_rate_saturate() -> None:
    state = begun(busy(100e6, 64))
    assert precopy.dirty_bytes_per_second(state) == pytest.approx(100e6)
    assert precopy.rest_bytes(state, state.flow_bytes) == pytest.approx(GIB - 3_300_000 * 4096 / 4104)
    later = precopy.advance(state, 6.4)
    left = 0.25 * state.flow_bytes
    assert precopy.sent_bytes(later, left) == pytest.approx(0.75 * state.flow_bytes + 3_300_000)
    assert precopy.rest_bytes(later, left) == pytest.approx(64 * MIB + left * 4096 / 4104, abs=10)
    assert precopy.dirty_bytes_per_second(later) == pytest.approx(64 * MIB / 6.4)


@settings(max_examples=40, deadline=None)
@given(guests)
def test_a_state_goes_through_a_checkpoint_unchanged(guest: GuestMemory) -> None:
    state = precopy.end_flow(precopy.advance(begun(guest), 2.5), GIGABIT).state
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=Precopy) == state


def test_one_that_never_converges_does_not_grow_without_end() -> None:
    state = begun(busy(400e6), QEMU)
    for _ in range(LOG_PASSES + 50):
        step = precopy.end_flow(precopy.advance(state, state.flow_bytes / GIGABIT), GIGABIT)
        assert step.kind is StepKind.AGAIN
        state = step.state
    assert len(state.log) == LOG_PASSES
    assert state.log[-1].number == LOG_PASSES + 50
    assert len(state.walk) < 10


def run_to_stop(guest: GuestMemory, rule: PassRule) -> Step:
    state = begun(guest, rule)
    while True:
        step = precopy.end_flow(precopy.advance(state, state.flow_bytes / GIGABIT), GIGABIT)
        if step.kind is StepKind.STOP:
            return step
        state = step.state
