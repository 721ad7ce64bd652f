"""The parts of the timeline without a window: lines of history, the scale, marks coalesced per pixel, words."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hvgui.cluster.events import Event, Level
from hvgui.cluster.units import NANOSECONDS
from hvgui.gui.timeline.branch_words import free_name, lost_words, parted_words, why_not_deleted
from hvgui.gui.timeline.lineage import holds_until, line_of, shared_until, shown_branch
from hvgui.gui.timeline.marks import KEPT, MarkKind, Marks, kind_of
from hvgui.gui.timeline.ruler import LEAST_SPAN_NS, Scale, ticks, whole
from hvgui.gui.timeline.strip_words import marks_words
from hvgui.lab.frames import BranchMark, CommandMark, Timeline

S = NANOSECONDS
MAIN, WHAT_IF, DEEPER, ASIDE = 1, 2, 3, 4
BRANCHES = (
    BranchMark(MAIN, "main", None, 0, 100 * S, 3),
    BranchMark(WHAT_IF, "What if", MAIN, 40 * S, 80 * S, 1),
    BranchMark(DEEPER, "Deeper", WHAT_IF, 60 * S, 90 * S, 2),
    BranchMark(ASIDE, "Aside", MAIN, 20 * S, 30 * S, 0),
)


def timeline(branch: int = MAIN, looking_ns: int | None = None, looking_branch: int | None = None) -> Timeline:
    return Timeline(
        branch=branch,
        branch_name="main",
        present_ns=100 * S,
        looking_at_ns=looking_ns,
        looking_at_branch=looking_branch,
        branches=BRANCHES,
    )


def command(
    number: int, seconds: float, title: str = "Pause SQL01", *, on_line: bool = True, do: str = "pause"
) -> CommandMark:
    return CommandMark(number, MAIN, round(seconds * S), title, on_line=on_line, do=do)


def event(serial: int, seconds: float, level: Level = Level.ERROR) -> Event:
    return Event(serial, round(seconds * S), level, "test", f"event {serial}")


def test_a_line_runs_through_its_parents_up_to_where_it_left_them() -> None:
    assert line_of(timeline(), DEEPER) == {DEEPER: None, WHAT_IF: 60 * S, MAIN: 40 * S}
    assert shared_until(timeline(), MAIN, MAIN) is None
    assert shared_until(timeline(), MAIN, DEEPER) == 40 * S
    assert shared_until(timeline(), WHAT_IF, DEEPER) == 60 * S
    assert shared_until(timeline(), DEEPER, ASIDE) == 20 * S


def test_what_was_seen_holds_as_far_as_both_worlds_have_one_past() -> None:
    lived = timeline()
    assert holds_until(None, None, 5 * S) == (5 * S, False)
    assert holds_until(lived, timeline(looking_ns=10 * S), 10 * S) == (10 * S, True)
    assert holds_until(timeline(looking_ns=10 * S), lived, 100 * S) == (100 * S, False)
    assert holds_until(lived, timeline(WHAT_IF), 80 * S) == (40 * S, False)
    assert holds_until(lived, timeline(looking_ns=70 * S, looking_branch=WHAT_IF), 70 * S) == (40 * S, True)
    assert shown_branch(timeline(looking_ns=70 * S, looking_branch=WHAT_IF)) == WHAT_IF


def test_a_branch_of_itself_ends_the_search() -> None:
    strange = Timeline(1, "loop", 0, branches=(BranchMark(1, "loop", 1, 0, 0, 0),))
    assert line_of(strange, 1) == {1: None}


def test_branches_in_words() -> None:
    lived = timeline()
    assert parted_words(lived, BRANCHES[1]) == "main at 00:00:40.0"
    assert parted_words(lived, BRANCHES[0]) == "the beginning of the lab"
    assert "1 command and 40 s of history" in lost_words(BRANCHES[1])
    assert why_not_deleted(lived, BRANCHES[0]).startswith("main is the branch that is lived")
    assert why_not_deleted(lived, BRANCHES[1]) == "Deeper parted from What if. Delete them first."
    assert why_not_deleted(lived, BRANCHES[3]) == ""
    looking = timeline(looking_ns=25 * S, looking_branch=ASIDE)
    assert why_not_deleted(looking, BRANCHES[3]).startswith("You are looking at Aside")
    assert free_name(lived, "what IF") == "what IF (2)"
    assert free_name(lived, "Another") == "Another"


@given(
    last=st.integers(0, 10**9 * 86_400 * 30),
    pixels=st.integers(50, 4_000),
    factors=st.lists(st.floats(0.05, 20), max_size=12),
    share=st.floats(0, 1),
)
def test_however_one_zooms_the_scale_stays_within_the_line(
    last: int, pixels: int, factors: list[float], share: float
) -> None:
    scale = everything = whole(last, pixels)
    for factor in factors:
        at = scale.moment(share * pixels)
        scale = scale.zoomed(factor, at, last)
        assert LEAST_SPAN_NS <= scale.span_ns <= everything.span_ns
        assert scale.begin_ns >= 0
        assert scale.end_ns <= everything.end_ns
    places = [x for x, _ in ticks(scale)]
    assert all(later - former >= 60 for former, later in pairwise(places))
    assert len(places) <= pixels / 60 + 1


def test_ticks_stand_at_round_moments() -> None:
    assert [words for _, words in ticks(Scale(0, 60 * S, 600))] == [
        *("00:00:00", "00:00:10", "00:00:20", "00:00:30", "00:00:40", "00:00:50", "00:01:00")
    ]
    assert ticks(Scale(0, S, 600))[1][1] == "00:00:00.2"


@given(st.lists(st.tuples(st.integers(0, 100), st.sampled_from(Level)), max_size=60))
def test_events_are_one_mark_a_pixel_and_an_error_outweighs_a_warning(
    moments: list[tuple[int, Level]],
) -> None:
    marks, scale = Marks(), Scale(0, 100 * S, 50)
    for serial, (second, level) in enumerate(moments):
        marks.take_events((event(serial, second, level),))
    warnings, errors = marks.event_pixels(scale)
    pixels = {second * 50 // 100 for second, level in moments if level is Level.ERROR}
    assert set(errors) == pixels
    assert set(warnings) == {second * 50 // 100 for second, level in moments if level is Level.WARNING} - pixels
    assert len(set(warnings)) == len(warnings)


def test_marks_are_found_by_moment_and_in_words() -> None:
    marks = Marks()
    marks.take_timeline(
        Timeline(
            1,
            "main",
            50 * S,
            commands=(command(1, 10), command(2, 10, "Crash NODE1"), command(3, 30), command(4, 5, on_line=False)),
        )
    )
    marks.take_events((event(1, 20), event(2, 25, Level.INFORMATION)))
    assert [one.number for one in marks.commands] == [1, 2, 3]
    assert marks.after(0) == 10 * S
    assert marks.after(10 * S) == 20 * S
    assert marks.before(20 * S) == 10 * S
    assert marks.after(30 * S) is None
    assert marks.before(5 * S) is None
    (first, second) = marks.command_pixels(Scale(0, 100 * S, 100))
    assert (first[0], first[1].number, first[2]) == (10, 2, 2)
    assert second[0] == 30
    words = marks_words(marks.commands_near(9 * S, 11 * S), marks.events_near(15 * S, 26 * S))
    assert words.splitlines() == ["00:00:10.0  Pause SQL01", "00:00:10.0  Crash NODE1", "00:00:20.0  event 1"]
    many = marks_words((), tuple(event(number, 1) for number in range(40)))
    assert many.splitlines()[-1] == "and 34 more warnings and errors"


def test_kinds_of_commands() -> None:
    """By the request, not by words: a VM may be called "Crash"."""
    assert kind_of(command(1, 0, do="live-migrate")) is MarkKind.MIGRATION
    assert kind_of(command(1, 0, do="crash-node")) is MarkKind.FAULT
    assert kind_of(command(1, 0, "Crash and burn", do="set-load")) is MarkKind.OTHER


def test_what_is_undone_is_no_longer_marked_and_what_lies_ahead_of_a_look_stays() -> None:
    marks, lived = Marks(), timeline()
    marks.take_world(lived, 0, tuple(event(number, number) for number in range(10, 20)))
    marks.take_world(timeline(looking_ns=12 * S), 12 * S, (event(10, 10), event(11, 11), event(12, 12)))
    assert marks.event_count == 10
    marks.take_world(lived, 100 * S, ())
    assert marks.event_count == 10
    marks.take_world(lived, 15 * S, ())
    assert marks.event_count == 5


def test_a_flood_of_events_is_thinned_to_the_newest() -> None:
    marks = Marks()
    marks.take_events(tuple(event(number, number) for number in range(KEPT + KEPT // 10 + 1)))
    assert marks.event_count == KEPT
    assert marks.before(1) is None
