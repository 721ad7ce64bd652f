"""Pre-copy: memory is sent in passes while the guest runs, until the rest is small enough to stop it.

How a procedure drives it
-------------------------
::

    state = begin(guest, assigned_bytes, rule, timings, phases=..., bandwidth_bytes_per_second=...,
                  line_bytes_per_second=...)
    flow of state.flow_bytes on the link            # may be 0: then go on at once
    state = advance(state, work_seconds)            # any time the guest's processor share changes, or a graph asks
    ... the flow has ended ...
    state = advance(state, work_seconds)            # up to this moment
    step = end_flow(state, bandwidth)
    step.kind  MORE       flow of step.state.flow_bytes at once: the bandwidth fell, the rest does not fit yet
               AGAIN      after timings.sync_seconds a flow of step.state.flow_bytes: the next pass
               STOP       the guest stops now; flow of step.blackout.wire_bytes at line rate, and beside it
                          step.blackout.fixed_seconds; then it resumes on the target
    state = step.state

The guest goes on dirtying while the dirty pages are gathered: add the work of `sync_seconds` before the next pass's
flow ends (it belongs to the next gathering). A cancel needs nothing from here. The flow of the passes is capped by
`timings.bandwidth_cap_bytes_per_second`, the one of the blackout is not. `bandwidth` is what the sender measured over
the last moments: the flow's rate as it ended.

For graphs in mid-pass: `sent_bytes(state, flow_left_bytes)`, `rest_bytes(state, flow_left_bytes)`,
`dirty_bytes_per_second(state)` (times the guest's processor share). The log of passes is `state.log`.

What happens inside
-------------------
As QEMU 7.2 does it (`migration/ram.c`, `ram_save_pending`, `find_dirty_block`; `migration/migration.c`,
`migration_iteration_run`):

- The sender walks the dirty pages in address order and goes on where it stood, round and round; a new pass does not
  begin at address 0.
- What the guest writes goes into a log, which joins the dirty set only at a gathering. A page written before the
  sender came to it is sent in its newest state and again in the next pass all the same.
- With the THRESHOLD rule the gathering takes place as soon as the rest of the walk fits bandwidth x blackout target,
  not at zero. If rest and log *together* fit, the guest stops; otherwise the next pass begins, with their union. The
  sender looks at the rest only now and then (`LOOK_SECONDS`), so a pass takes at least so long; without that, a run
  near its end would gather after every few pages and never be done.
- With the HYPER_V rule each pass sends its whole set. The guest stops when the log fits, when the passes no longer
  shrink, or after `max_passes`.
- With `max_passes` the THRESHOLD rule, too, stops after so many, whatever is left.
- Sockets and switches take the first `in_flight_bytes` at once, so that the sender is ahead of the link by so much
  all the way, and they drain in the blackout. Where the passes are capped below the link, nothing piles up.

A run near the limit is a lottery of where the cyclic writer stands when the sender passes: `phases` (0..1 a writer)
are an input, and a forecast tries several.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence

import msgspec

from hvgui.cluster.memory import GuestMemory
from hvgui.cluster.profiles import MigrationTimings, PassRule, StopRule
from hvgui.cluster.units import PAGE_BYTES
from hvgui.engine.physics import dirty_set
from hvgui.engine.physics.dirty_set import DirtySet, Span
from hvgui.engine.physics.dirtying import (
    Writer,
    phases_after,
    place_writers,
    unique_bytes_per_second,
    unique_pages,
    written_pages,
)

LOOK_SECONDS = 0.05
"""A sender at work looks at the rest so often (`MAX_WAIT` of QEMU's `ram.c`)."""
PACED_LOOK_SECONDS = 0.1
"""A sender that is capped looks once a pacing window (`BUFFER_DELAY` of QEMU's `migration.c`)."""
LOG_PASSES = 200
"""So many finished passes a state remembers: one that never converges must not grow without end."""


class StepKind(enum.Enum):
    """What follows when a flow of a pre-copy has ended."""

    MORE = "more"
    """The same pass goes on: with the bandwidth as it is now, the rest does not fit yet."""
    AGAIN = "again"
    """The next pass."""
    STOP = "stop"
    """The guest stops and the blackout begins."""


class StopReason(enum.Enum):
    """Why the passes ended."""

    FITS = "fits"
    """The rest fits the blackout target."""
    PASSES = "passes"
    """As many passes as the rule allows."""
    NOT_SHRINKING = "not shrinking"
    """A pass left about as much as the one before."""


class PassRecord(msgspec.Struct, frozen=True, gc=False):
    """One finished pass, for the log: what it set out with, what it sent, what it leaves to the next."""

    number: int
    """From 1."""
    set_bytes: int
    """Dirty memory when it began."""
    sent_bytes: int
    """On the wire."""
    unsent_bytes: int
    """Memory that its walk did not come to."""
    dirtied_bytes: int
    """Distinct memory written meanwhile."""
    rest_bytes: int
    """Dirty memory at its end: unsent and dirtied together, each page once."""
    work_seconds: float
    """What the guest worked meanwhile, in seconds of its usual load."""
    bandwidth_bytes_per_second: float


class Blackout(msgspec.Struct, frozen=True, gc=False):
    """The parts of the time in which the guest runs nowhere."""

    reason: StopReason
    rest_pages: float
    rest_wire_bytes: int
    in_flight_bytes: int
    """Sent before, but still in sockets and switches."""
    device_state_bytes: int
    stop_seconds: float
    storage_handover_seconds: float
    resume_seconds: float
    arp_seconds: float

    @property
    def wire_bytes(self) -> int:
        """What the link has to carry before the guest can resume."""
        return self.rest_wire_bytes + self.in_flight_bytes + self.device_state_bytes

    @property
    def fixed_seconds(self) -> float:
        """What takes its time whatever the link is."""
        return self.stop_seconds + self.storage_handover_seconds + self.resume_seconds + self.arp_seconds

    def seconds_at(self, line_bytes_per_second: float) -> float:
        """The whole blackout over a link that gives so much from beginning to end."""
        return self.fixed_seconds + self.wire_bytes / line_bytes_per_second


class Course(msgspec.Struct, frozen=True, gc=False):
    """What does not change while a migration runs: the guest's writers, the rule, the fixed parts."""

    memory_pages: float
    writers: tuple[Writer, ...]
    rule: PassRule
    timings: MigrationTimings
    lead_bytes: float
    """By how much the sender is ahead of the link: what sockets and switches hold."""
    look_seconds: float
    """THRESHOLD: how often the sender looks whether the rest fits."""

    @property
    def page_bytes(self) -> float:
        """A page on the wire with its header. A float from the beginning: a checkpoint gives floats back."""
        return float(PAGE_BYTES + self.timings.page_overhead_bytes)


class Precopy(msgspec.Struct, frozen=True, gc=False):
    """A pre-copy between two gatherings of dirty pages."""

    course: Course
    walk: tuple[Span, ...]
    """What is to be sent, as of the last gathering, in the order of the walk."""
    phases: tuple[float, ...]
    """Where each writer stood at the last gathering."""
    planned_bytes: float
    """Wire bytes of this pass until it may end."""
    flow_bytes: float
    """What the engine's current flow has to carry."""
    work_seconds: float = 0.0
    """The guest's work since the last gathering."""
    pass_number: int = 1
    sent_before_bytes: float = 0.0
    """On the wire in the passes before this one."""
    log: tuple[PassRecord, ...] = ()
    """The last `LOG_PASSES` finished passes, oldest first."""


class Step(msgspec.Struct, frozen=True, gc=False):
    """What follows a flow's end."""

    kind: StepKind
    state: Precopy
    blackout: Blackout | None = None
    """Only with STOP."""


def begin(
    guest: GuestMemory,
    assigned_bytes: int,
    rule: PassRule,
    timings: MigrationTimings,
    *,
    phases: Sequence[float],
    bandwidth_bytes_per_second: float,
    line_bytes_per_second: float,
) -> Precopy:
    """The first pass over all memory that the guest is assigned.

    `phases` holds one number (0..1) for each writer (see `writers_of`): where it stands as the pass begins.
    `bandwidth_bytes_per_second` is what the passes may expect, `line_bytes_per_second` what the link gives without
    the cap.
    """
    memory_pages = assigned_bytes / PAGE_BYTES
    cap = timings.bandwidth_cap_bytes_per_second
    paced = 0.0 < cap < line_bytes_per_second
    course = Course(
        memory_pages,
        place_writers(guest.regions, memory_pages),
        rule,
        timings,
        0.0 if paced else float(timings.in_flight_bytes),
        PACED_LOOK_SECONDS if paced else LOOK_SECONDS,
    )
    walk = _whole_memory(guest, course)
    planned = _plan(course, walk, bandwidth_bytes_per_second)
    return Precopy(
        course=course,
        walk=walk,
        phases=tuple(phases),
        planned_bytes=planned,
        flow_bytes=max(0.0, planned - course.lead_bytes),
    )


def writers_of(guest: GuestMemory, assigned_bytes: int) -> int:
    """How many phases `begin` wants: one for each region that is written and lies within the assigned memory."""
    return len(place_writers(guest.regions, assigned_bytes / PAGE_BYTES))


def advance(state: Precopy, work_seconds: float) -> Precopy:
    """The guest has worked so much more since the last call. Cheap: a sum."""
    return msgspec.structs.replace(state, work_seconds=state.work_seconds + work_seconds)


def end_flow(state: Precopy, bandwidth_bytes_per_second: float) -> Step:
    """The flow of `state.flow_bytes` has ended: go on with the pass, begin the next, or stop the guest."""
    planned = _plan(state.course, state.walk, bandwidth_bytes_per_second, state.planned_bytes)
    more = planned - state.planned_bytes
    if more > 0.0:
        return Step(StepKind.MORE, msgspec.structs.replace(state, planned_bytes=planned, flow_bytes=more))
    left = dirty_set.after_bytes(state.walk, state.planned_bytes)
    return _gather(state, left, state.planned_bytes, bandwidth_bytes_per_second)


def sent_bytes(state: Precopy, flow_left_bytes: float) -> float:
    """Bytes that the sender has put on the wire so far."""
    return state.sent_before_bytes + _walked_bytes(state, flow_left_bytes)


def rest_bytes(state: Precopy, flow_left_bytes: float) -> float:
    """Memory that would have to be sent if the guest stopped at this moment: not yet walked, or written since."""
    left = dirty_set.in_address_order(dirty_set.after_bytes(state.walk, _walked_bytes(state, flow_left_bytes)))
    return PAGE_BYTES * dirty_set.page_count(dirty_set.union(left, _log(state)))


def dirty_bytes_per_second(state: Precopy) -> float:
    """Distinct bytes a second that the guest dirties, on the mean since the last gathering, at its usual load."""
    return unique_bytes_per_second(state.course.writers, state.work_seconds)


def _walked_bytes(state: Precopy, flow_left_bytes: float) -> float:
    return max(0.0, state.planned_bytes - flow_left_bytes)


def _log(state: Precopy) -> DirtySet:
    course = state.course
    return written_pages(course.writers, state.phases, state.work_seconds, course.page_bytes)


def _whole_memory(guest: GuestMemory, course: Course) -> DirtySet:
    """All pages, each region with the mean cost of its pages."""
    spans: list[Span] = []
    first = 0.0
    for region in guest.regions:
        end = min(first + region.size_bytes / PAGE_BYTES, course.memory_pages)
        if end > first:
            spans.append(Span(first, end, 1.0, _mean_page_bytes(course, region.zero_share)))
            first = end
    if first < course.memory_pages:
        spans.append(Span(first, course.memory_pages, 1.0, _mean_page_bytes(course, guest.cold_zero_share)))
    return tuple(spans)


def _mean_page_bytes(course: Course, zero_share: float) -> float:
    return (1.0 - zero_share) * course.page_bytes + zero_share * course.timings.zero_page_bytes


def _threshold_pages(rule: PassRule, bandwidth_bytes_per_second: float) -> float:
    """From so many pages on, the rest no longer fits the blackout target."""
    return bandwidth_bytes_per_second * rule.blackout_target_seconds / PAGE_BYTES


def _plan(course: Course, walk: Sequence[Span], bandwidth_bytes_per_second: float, sent: float = 0.0) -> float:
    """Wire bytes of a pass until it may end, seen from a moment at which `sent` of them are on the wire."""
    whole = dirty_set.wire_bytes(walk)
    if course.rule.stop is StopRule.HYPER_V or bandwidth_bytes_per_second <= 0.0:
        return whole
    unsent = max(0.0, math.ceil(_threshold_pages(course.rule, bandwidth_bytes_per_second)) - 1.0)
    needed = whole - dirty_set.wire_bytes(dirty_set.last_pages(walk, unsent))
    look = bandwidth_bytes_per_second * course.look_seconds
    if sent > 0.0 and needed - sent < course.page_bytes:
        return sent
    looks = max(1.0, math.ceil((needed - sent) / look))
    return min(whole, sent + looks * look)


def _gather(
    state: Precopy,
    left: Sequence[Span],
    walked_bytes: float,
    bandwidth_bytes_per_second: float,
) -> Step:
    """Join the log to what the walk left, and decide."""
    course = state.course
    dirty = dirty_set.union(dirty_set.in_address_order(left), _log(state))
    record = _record(state, left, dirty, walked_bytes, bandwidth_bytes_per_second)
    reason = _reason_to_stop(course.rule, record)
    cursor = left[0].first_page if left else (state.walk[-1].end_page if state.walk else 0.0)
    walk = tuple(dirty_set.walk_from(dirty, cursor))
    planned = 0.0 if reason else _plan(course, walk, bandwidth_bytes_per_second)
    following = Precopy(
        course=course,
        walk=walk,
        phases=phases_after(course.writers, state.phases, state.work_seconds),
        planned_bytes=planned,
        flow_bytes=planned,
        pass_number=state.pass_number + 1,
        sent_before_bytes=state.sent_before_bytes + walked_bytes,
        log=(*state.log[1 - LOG_PASSES :], record),
    )
    if reason is None:
        return Step(StepKind.AGAIN, following)
    return Step(StepKind.STOP, following, _blackout(following, reason))


def _record(
    state: Precopy, left: Sequence[Span], dirty: DirtySet, walked_bytes: float, bandwidth_bytes_per_second: float
) -> PassRecord:
    return PassRecord(
        number=state.pass_number,
        set_bytes=round(PAGE_BYTES * dirty_set.page_count(state.walk)),
        sent_bytes=round(walked_bytes),
        unsent_bytes=round(PAGE_BYTES * dirty_set.page_count(left)),
        dirtied_bytes=round(PAGE_BYTES * unique_pages(state.course.writers, state.work_seconds)),
        rest_bytes=round(PAGE_BYTES * dirty_set.page_count(dirty)),
        work_seconds=state.work_seconds,
        bandwidth_bytes_per_second=bandwidth_bytes_per_second,
    )


def _reason_to_stop(rule: PassRule, record: PassRecord) -> StopReason | None:
    # Less than a page is nothing: even a blackout target of no time at all is then met.
    if record.rest_bytes < max(PAGE_BYTES, record.bandwidth_bytes_per_second * rule.blackout_target_seconds):
        return StopReason.FITS
    if 0 < rule.max_passes <= record.number:
        return StopReason.PASSES
    if rule.stop is StopRule.HYPER_V and record.rest_bytes > rule.not_shrinking_ratio * record.set_bytes:
        return StopReason.NOT_SHRINKING
    return None


def _blackout(state: Precopy, reason: StopReason) -> Blackout:
    timings = state.course.timings
    return Blackout(
        reason=reason,
        rest_pages=dirty_set.page_count(state.walk),
        rest_wire_bytes=math.ceil(dirty_set.wire_bytes(state.walk)),
        in_flight_bytes=round(min(state.course.lead_bytes, state.sent_before_bytes)),
        device_state_bytes=timings.device_state_bytes,
        stop_seconds=timings.stop_seconds,
        storage_handover_seconds=timings.storage_handover_seconds,
        resume_seconds=timings.resume_seconds,
        arp_seconds=timings.arp_seconds,
    )
