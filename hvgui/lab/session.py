"""The session: one lab, one engine thread, one writer of the lab file. What the window and the doors speak to."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

from hvgui.cluster.cluster import ClusterRecord
from hvgui.lab.frames import Forecast, Frame, Opening, Receipt
from hvgui.requests.request import Request


class Session:
    """One lab that is open. Every public method may be called from any thread; futures resolve on a worker thread."""

    path: Path
    name: str
    is_read_only: bool

    @classmethod
    def new(cls, record: ClusterRecord, *, seed: int = 1, name: str = "", path: Path | None = None) -> Session:
        """A new lab on a cluster. Without a path its file is kept in the platform's data folder.

        Raises LabError where no file can be written.
        """
        raise NotImplementedError

    @classmethod
    def open(cls, path: Path) -> Session:
        """A kept lab, at the last moment kept. Raises LabError for unreadable, foreign, newer and damaged files."""
        raise NotImplementedError

    def opening(self) -> Opening:
        """Where a watcher begins; to be asked before `start`."""
        raise NotImplementedError

    def start(self) -> None:
        """Starts the engine thread; time stands until `play`."""
        raise NotImplementedError

    def submit(self, request: Request) -> Future[Receipt]:
        """Asks for something. Resolves once it is committed to the lab file, or refused."""
        raise NotImplementedError

    def play(self) -> None:
        """Lets time go at the wanted speed."""
        raise NotImplementedError

    def pause(self) -> None:
        """Lets time stand."""
        raise NotImplementedError

    def set_speed(self, speed: float) -> None:
        """Simulated seconds a second, or AS_FAST_AS_POSSIBLE. Raises ValueError unless above 0."""
        raise NotImplementedError

    def step(self) -> None:
        """Goes to the next event at full duty, and pauses there."""
        raise NotImplementedError

    def drain(self) -> tuple[Frame, ...]:
        """What came about since the last call, coalesced into at most one frame. Never blocks."""
        raise NotImplementedError

    def forecast(self, request: Request) -> Future[Forecast]:
        """What a request would do, from forks of the present world; cancels an older one that has not begun."""
        raise NotImplementedError

    def save_as(self, path: Path) -> Future[Path]:
        """Makes a consistent copy of the lab file and goes on in it. The future may hold a LabError."""
        raise NotImplementedError

    def close(self, timeout_seconds: float = 5.0) -> None:
        """Stops the thread, closes the file, ends the workers. A second call has no effect."""
        raise NotImplementedError
