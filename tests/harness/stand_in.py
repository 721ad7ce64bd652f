"""A session without an engine: the test itself decides what happens, and when."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

from hvgui.cluster.cluster import Changes, Cluster, ClusterRecord, Record
from hvgui.cluster.events import Event
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.metrics import MetricsSample, MigrationProgress
from hvgui.cluster.tasks import Task
from hvgui.cluster.watch_figures import WatchFigures
from hvgui.lab.frames import Forecast, Frame, Opening, Pace, Receipt
from hvgui.lab.storage_variants import Variant
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request

NO_CHANGES = Changes()


class StandInSession:
    """Has the interface of hvgui.lab.session.Session; accepts what the checks allow, and does nothing about it."""

    def __init__(self, record: ClusterRecord) -> None:
        self.cluster = Cluster(record)
        self.name = record.name
        self.path = Path("stand-in.hvlab")
        self.is_read_only = False
        self.notice = ""
        self.submitted: list[Request] = []
        self.calls: list[str] = []
        self.time_ns = 0
        self.pace = Pace()
        self._outbox: list[Frame] = []

    def opening(self) -> Opening:
        """See Session.opening."""
        return Opening(self.cluster.record(), self.time_ns, (), self.name)

    def start(self) -> None:
        """See Session.start; nothing runs."""
        self.calls.append("start")

    def close(self, timeout_seconds: float = 5.0) -> None:
        """See Session.close."""
        self.calls.append("close")

    def submit(self, request: Request) -> Future[Receipt]:
        """See Session.submit: checked, kept in `submitted`, and not carried out."""
        problems = request.check(self.cluster)
        answer: Future[Receipt] = Future()
        accepted = not blockers(problems)
        if accepted:
            self.submitted.append(request)
        answer.set_result(Receipt(accepted, problems))
        return answer

    def forecast(self, request: Request, variant: Variant = Variant.AS_IT_IS) -> Future[Forecast]:
        """See Session.forecast; never answered."""
        return Future()

    def watch_figures(self) -> Future[WatchFigures]:
        """See Session.watch_figures; never answered."""
        return Future()

    def play(self) -> None:
        """See Session.play: told, and nothing goes."""
        self.calls.append("play")
        self.pace = Pace(playing=True, wanted_speed=self.pace.wanted_speed, effective_speed=self.pace.wanted_speed)
        self.say()

    def pause(self) -> None:
        """See Session.pause."""
        self.calls.append("pause")
        self.pace = Pace(wanted_speed=self.pace.wanted_speed)
        self.say()

    def set_speed(self, speed: float) -> None:
        """See Session.set_speed."""
        self.calls.append(f"speed {speed:g}")
        self.pace = Pace(self.pace.playing, speed, self.pace.effective_speed)
        self.say()

    def step(self) -> None:
        """See Session.step."""
        self.calls.append("step")

    def drain(self) -> tuple[Frame, ...]:
        """See Session.drain."""
        frames, self._outbox = tuple(self._outbox), []
        return frames

    # What the test lets happen

    def put(self, *records: Record) -> None:
        """Records become as given."""
        for record in records:
            self.cluster.put(record)
        self.say(changes=self.cluster.drain_changes())

    def remove(self, vm: VmId) -> None:
        """A VM goes."""
        self.cluster.remove_vm(vm)
        self.say(changes=self.cluster.drain_changes())

    def remove_node(self, node: NodeId) -> None:
        """A server goes."""
        self.cluster.remove_node(node)
        self.say(changes=self.cluster.drain_changes())

    def end(self, task: Task) -> None:
        """A task ends as given."""
        self.cluster.end_task(task.id)
        self.say(changes=self.cluster.drain_changes(), ended_tasks=(task,))

    def say(
        self,
        changes: Changes = NO_CHANGES,
        events: tuple[Event, ...] = (),
        ended_tasks: tuple[Task, ...] = (),
        samples: tuple[MetricsSample, ...] = (),
        migrations: tuple[MigrationProgress, ...] = (),
    ) -> None:
        """A frame comes."""
        self._outbox.append(
            Frame(self.time_ns, self.pace, changes, events, ended_tasks, samples, migrations=migrations)
        )
