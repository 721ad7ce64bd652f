"""A lab that is worked through without a window: opened, asked for things, played until they have ended, and kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import TaskId
from hvgui.cluster.tasks import Task
from hvgui.cluster.units import NANOSECONDS
from hvgui.lab.errors import LabError
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE, Receipt
from hvgui.lab.session import Session
from hvgui.requests.request import Request

MOST_SECONDS = 30 * 86_400
"""Of the lab's clock: what has not ended by then waits for somebody."""
Watcher = Callable[[Cluster], None]
"""Called with the cluster after each turn."""


class Unattended:
    """One lab. `cluster` follows it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        opening = session.opening()
        self.cluster = Cluster(opening.record)
        self.now_ns = opening.time_ns
        self.ended: dict[TaskId, Task] = {}
        """Tasks that have ended since it was opened."""

    def ask(self, request: Request) -> Receipt:
        """Asks for something at the present moment; the answer is in the journal. Raises LabError where the engine
        fails."""
        answer = self._session.submit(request)
        while not answer.done():
            if not self._session.work() and not answer.done():
                raise LabError(self._stopped)
        self._take()
        return answer.result()

    def wait_for(self, tasks: Collection[TaskId], watch: Watcher) -> bool:
        """Lets time go until these have ended. False: they do not, as far as one can see. Raises LabError where the
        engine fails."""
        until_ns = self.now_ns + MOST_SECONDS * NANOSECONDS
        self._session.set_speed(AS_FAST_AS_POSSIBLE)
        self._session.play()
        while not self.ended.keys() >= set(tasks) and self.now_ns < until_ns:
            self._turn()
            watch(self.cluster)
        self._session.pause()
        self._session.work()
        self._take()
        return self.ended.keys() >= set(tasks)

    def _turn(self) -> None:
        if not self._session.work():
            raise LabError(self._stopped)
        self._take()

    @property
    def _stopped(self) -> str:
        return f"{self._session.path} can't be gone on with: its engine has stopped."

    def _take(self) -> None:
        for frame in self._session.drain():
            self.now_ns = frame.time_ns
            if frame.opening is not None:
                self.cluster = Cluster(frame.opening.record)
            self.cluster.apply(frame.changes)
            self.ended |= {task.id: task for task in frame.ended_tasks}


@contextmanager
def unattended(path: Path) -> Iterator[Unattended]:
    """Opens a lab for writing, and keeps it at the end as it is then.

    Raises LabError where it can't be read, or somebody else has it open.
    """
    session = Session.open(path)
    try:
        if session.is_read_only:
            raise LabError(f"{path} is open elsewhere, or can't be written. Close it there first.")
        yield Unattended(session)
    finally:
        session.close()
