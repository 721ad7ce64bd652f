"""The player's buffer: piecewise linear, and in agreement with a player simulated in small steps."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hvgui.cluster.clients import VideoStream
from hvgui.cluster.units import nanoseconds
from hvgui.engine.physics.video import (
    RESUME_SHARE,
    Mode,
    Player,
    buffer_at,
    closed,
    deliver,
    next_edge_ns,
    pass_edge,
    stall_seconds_at,
    waiting,
    watching,
)

FILM = VideoStream(1_000_000.0, 2.0)


def run(player: Player, until_ns: int) -> Player:
    """Pass every edge up to a moment."""
    edge = next_edge_ns(player)
    while edge is not None and edge <= until_ns:
        player = pass_edge(player, edge)
        edge = next_edge_ns(player)
    return player


def test_a_gap_shorter_than_the_buffer_goes_unnoticed() -> None:
    player = deliver(watching(FILM, 0), 0.0, nanoseconds(10.0))
    player = run(player, nanoseconds(11.9))
    assert (player.mode, player.stalls) == (Mode.PLAYING, 0)
    assert buffer_at(player, nanoseconds(11.9)) == pytest.approx(0.1)


def test_a_longer_gap_is_a_stall_until_a_quarter_of_the_buffer_is_back() -> None:
    player = run(deliver(watching(FILM, 0), 0.0, nanoseconds(10.0)), nanoseconds(15.0))
    assert (player.mode, player.stalls) == (Mode.STALLED, 1)
    assert stall_seconds_at(player, nanoseconds(15.0)) == pytest.approx(3.0)
    player = deliver(player, 5_000_000.0, nanoseconds(15.0))
    assert next_edge_ns(player) == nanoseconds(15.1)
    player = run(player, nanoseconds(15.1))
    assert player.mode is Mode.PLAYING
    assert stall_seconds_at(player, nanoseconds(99.0)) == pytest.approx(3.1)


def test_a_link_below_the_bit_rate_stalls_the_film_again_and_again() -> None:
    player = run(deliver(watching(FILM, 0), 500_000.0, 0), nanoseconds(60.0))
    assert player.stalls > 10
    # Half the bit rate: half the time there is nothing to see, but for what the buffer held at the beginning.
    assert stall_seconds_at(player, nanoseconds(60.0)) == pytest.approx(30.0 - 2.0, abs=1.0)


def test_the_first_filling_is_no_stall() -> None:
    player = run(deliver(waiting(FILM, 0), 2_000_000.0, 0), nanoseconds(5.0))
    assert (player.mode, player.stalls, player.buffer_seconds) == (Mode.PLAYING, 0, FILM.buffer_seconds)
    assert player.wanted_bytes_per_second == FILM.bytes_per_second


def test_a_film_that_has_ended_does_not_stall() -> None:
    player = closed(deliver(watching(FILM, 0), 0.0, 0), nanoseconds(1.0))
    assert next_edge_ns(player) is None
    assert player.stalls == 0


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 40), st.sampled_from([0.0, 0.3, 0.9, 1.0, 1.5, 8.0])), max_size=8))
def test_it_agrees_with_a_player_in_small_steps(spells: list[tuple[int, float]]) -> None:
    """A tenth of a second a spell unit; a thousandth a step."""
    player, now_ms = watching(FILM, 0), 0
    buffer, stalled, stall_ms, emptied_ms = FILM.buffer_seconds, False, 0, -10
    for tenths, share in spells:
        player = deliver(
            run(player, nanoseconds(now_ms / 1000)), share * FILM.bytes_per_second, nanoseconds(now_ms / 1000)
        )
        for step in range(tenths * 100):
            buffer += share / 1000 - (0.0 if stalled else 0.001)
            if not stalled and buffer <= 0.0:
                buffer, stalled, emptied_ms = 0.0, True, now_ms + step + 1
            elif stalled and buffer >= RESUME_SHARE * FILM.buffer_seconds:
                stalled = False
            buffer = min(buffer, FILM.buffer_seconds)
            stall_ms += stalled
        # Empty to the very step at which more begins to arrive: whether that is a stall is a matter of rounding.
        assume(abs(emptied_ms - (now_ms + tenths * 100)) > 2 and (stalled or buffer > 0.002))
        now_ms += tenths * 100
    player = run(player, nanoseconds(now_ms / 1000))
    assert buffer_at(player, nanoseconds(now_ms / 1000)) == pytest.approx(buffer, abs=0.02 * (1 + player.stalls))
    assert stall_seconds_at(player, nanoseconds(now_ms / 1000)) == pytest.approx(
        stall_ms / 1000, abs=0.02 * (1 + player.stalls)
    )
