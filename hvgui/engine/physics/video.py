"""The client's eye: a player that streams from a VM, with a buffer that a gap in delivery drains.

While the film plays, the buffer (in seconds of film) changes by delivered / bit rate - 1 a second; while it stalls, by
delivered / bit rate. A full buffer takes no more than the bit rate. A stall begins when the buffer is empty and ends
when a quarter of it is filled again, as players do so as not to stutter. Between two edges all is a straight line.
"""

from __future__ import annotations

import enum
import math
from math import inf

import msgspec

from hvgui.cluster.clients import VideoStream
from hvgui.cluster.units import NANOSECONDS

RESUME_SHARE = 0.25
"""Share of the buffer with which a stalled player goes on."""


class Mode(enum.Enum):
    """What the player does."""

    WAITING = "waiting"
    """Nothing has been delivered since it was asked for."""
    OPENING = "opening"
    """It fills its buffer for the first time: nobody calls that a stall."""
    PLAYING = "playing"
    STALLED = "stalled"


class Player(msgspec.Struct, frozen=True, gc=False):
    """A player at `since_ns`; what follows until the next edge is linear."""

    video: VideoStream
    mode: Mode
    since_ns: int
    buffer_seconds: float
    delivered_bytes_per_second: float = 0.0
    stalls: int = 0
    ended_stall_seconds: float = 0.0
    """Length of the stalls that are over."""
    stalled_since_ns: int = 0

    @property
    def slope(self) -> float:
        """Seconds of film that the buffer gains a second."""
        gain = self.delivered_bytes_per_second / self.video.bytes_per_second
        if self.mode is Mode.PLAYING:
            gain -= 1.0
        return min(gain, 0.0) if self.buffer_seconds >= self.video.buffer_seconds else gain

    @property
    def wanted_bytes_per_second(self) -> float:
        """What it takes at most: the bit rate once its buffer is full, else all it can get."""
        return self.video.bytes_per_second if self.buffer_seconds >= self.video.buffer_seconds else inf


def watching(video: VideoStream, now_ns: int) -> Player:
    """Somebody who has been watching for a while: the buffer is full, the film arrives as it plays."""
    return Player(video, Mode.PLAYING, now_ns, video.buffer_seconds, video.bytes_per_second)


def waiting(video: VideoStream, now_ns: int) -> Player:
    """Somebody who wants to watch and gets nothing yet."""
    return Player(video, Mode.WAITING, now_ns, 0.0)


def buffer_at(player: Player, now_ns: int) -> float:
    """Seconds of film that the player has left at a moment not after its next edge."""
    buffer = player.buffer_seconds + player.slope * (now_ns - player.since_ns) / NANOSECONDS
    return min(max(buffer, 0.0), player.video.buffer_seconds)


def stall_seconds_at(player: Player, now_ns: int) -> float:
    """Length of all stalls so far, the present one included."""
    present = (now_ns - player.stalled_since_ns) / NANOSECONDS if player.mode is Mode.STALLED else 0.0
    return player.ended_stall_seconds + present


def next_edge_ns(player: Player) -> int | None:
    """When the buffer runs dry, is full, or suffices to play on; None: never, as things are."""
    slope, buffer = player.slope, player.buffer_seconds
    if player.mode is Mode.PLAYING:
        if slope == 0.0:
            return None
        span = buffer / -slope if slope < 0.0 else (player.video.buffer_seconds - buffer) / slope
    else:
        if slope <= 0.0:
            return None
        span = max(0.0, RESUME_SHARE * player.video.buffer_seconds - buffer) / slope
    return player.since_ns + math.ceil(span * NANOSECONDS)


def pass_edge(player: Player, now_ns: int) -> Player:
    """The player just after its edge, which is now."""
    replace = msgspec.structs.replace
    if player.mode is not Mode.PLAYING:
        buffer = max(RESUME_SHARE * player.video.buffer_seconds, player.buffer_seconds)
        ended = stall_seconds_at(player, now_ns)
        return replace(player, mode=Mode.PLAYING, since_ns=now_ns, buffer_seconds=buffer, ended_stall_seconds=ended)
    if player.slope > 0.0:
        return replace(player, since_ns=now_ns, buffer_seconds=player.video.buffer_seconds)
    return replace(
        player,
        mode=Mode.STALLED,
        since_ns=now_ns,
        buffer_seconds=0.0,
        stalls=player.stalls + 1,
        stalled_since_ns=now_ns,
    )


def deliver(player: Player, bytes_per_second: float, now_ns: int) -> Player:
    """From now on so much arrives."""
    mode = player.mode
    if mode is Mode.WAITING and bytes_per_second > 0.0:
        mode = Mode.OPENING
    return msgspec.structs.replace(
        player,
        mode=mode,
        since_ns=now_ns,
        buffer_seconds=buffer_at(player, now_ns),
        delivered_bytes_per_second=bytes_per_second,
    )


def closed(player: Player, now_ns: int) -> Player:
    """The server has ended the stream in good order: the film is over, and a new one would begin from its start."""
    return msgspec.structs.replace(
        player,
        mode=Mode.WAITING,
        since_ns=now_ns,
        buffer_seconds=0.0,
        delivered_bytes_per_second=0.0,
        ended_stall_seconds=stall_seconds_at(player, now_ns),
    )
