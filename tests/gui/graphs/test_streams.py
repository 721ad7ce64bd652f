"""Where a stall lay is found from what the frames told, at any speed of playback."""

from __future__ import annotations

import pytest

from hvgui.cluster.ids import VmId
from hvgui.cluster.metrics import StreamProgress
from hvgui.cluster.units import nanoseconds
from hvgui.gui.graphs.streams import StreamHistory, StreamTrack


def moment(
    seconds: float, buffer: float, *, stalled: bool = False, stalls: int = 0, length: float = 0.0
) -> StreamProgress:
    return StreamProgress(VmId(0), nanoseconds(seconds), buffer, stalled, stalls, length)


def test_a_stall_that_was_watched_is_one_band() -> None:
    track = StreamTrack(64)
    track.take(moment(10, 2.0))
    track.take(moment(12, 0.0))
    for second in range(13, 17):
        track.take(moment(second, 0.0, stalled=True, stalls=1, length=second - 12))
    track.take(moment(17, 2.0, stalls=1, length=4.5))
    (stall,) = track.stalls()
    assert (stall.start_seconds, stall.end_seconds) == pytest.approx((12.0, 16.5))
    assert track.totals() == (1, 4.5)


def test_a_stall_between_two_frames_of_fast_playback_is_still_marked_with_its_length() -> None:
    track = StreamTrack(64)
    track.take(moment(10, 2.0))
    track.take(moment(60, 2.0, stalls=1, length=38.0))
    (stall,) = track.stalls()
    assert stall.end_seconds - stall.start_seconds == pytest.approx(38.0)
    assert stall.start_seconds >= 12.0
    assert stall.end_seconds <= 60.0


def test_moments_that_tell_nothing_new_are_not_kept() -> None:
    track = StreamTrack(64)
    for tick in range(100):
        track.take(moment(tick * 0.01, 2.0))
    assert len(track.buffer()[0]) <= 11


def test_a_change_is_kept_however_close_it_comes() -> None:
    track = StreamTrack(64)
    track.take(moment(1.0, 0.01))
    track.take(moment(1.01, 0.0, stalled=True, stalls=1, length=0.005))
    assert len(track.buffer()[0]) == 2


def test_winding_back_forgets_what_came_later() -> None:
    history = StreamHistory()
    for second in (1, 2, 3):
        history.take((moment(second, 2.0),))
    history.take((moment(1.5, 1.0),))
    track = history.track(VmId(0))
    assert track is not None
    assert track.buffer()[0].tolist() == [1.0, 1.5]
