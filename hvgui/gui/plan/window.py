"""The window of the cluster plan: a wish, the plan for it, and carrying it out."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.units import format_clock
from hvgui.gui.actions.desk import Desk
from hvgui.gui.migrate.spinner import Spinner
from hvgui.gui.objects import Ref, exists
from hvgui.gui.plan.asker import Answer, PlanAsker
from hvgui.gui.plan.run import PlanRun, Standing, run_of
from hvgui.gui.plan.sheet import PlanSheet
from hvgui.gui.plan.standing_words import not_to_plan, not_to_run, not_to_stop, standing_words
from hvgui.gui.plan.wish_form import WishForm
from hvgui.gui.plan.words import verdict
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.settings import remember, remembered_bytes
from hvgui.gui.timeline.past import reason_of
from hvgui.gui.tone import set_tone
from hvgui.gui.words import tr

_GEOMETRY = "plan/geometry"
_FIRST_SHARE = 0.8
"""Of the screen, at first."""
_LEAST_AT_FIRST, _LARGEST_AT_FIRST = QSize(1080, 720), QSize(1400, 900)
_LOOK_MS = 500
"""So often at most it is looked whether the cluster has changed since the plan was made."""


class PlanWindow(QDialog):
    """Stands beside the main window. Closed while moves are made, it leaves the plan to the lab, which goes on."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.parent)
        if desk.bridge is None or desk.facts is None:
            raise RuntimeError("no lab is open")
        self._desk, self._bridge = desk, desk.bridge
        self.setObjectName("plan window")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setWindowTitle(tr("Optimize {cluster}", cluster=desk.cluster.name))
        self.run: PlanRun | None = None
        self._changed: tuple[str, ...] = ()
        self.asker = PlanAsker(self._bridge, self)
        self.form = WishForm(desk.cluster, self)
        self.sheet = PlanSheet(self._bridge, desk.facts, self)
        self._make_labels()
        self._make_buttons()
        self._build()
        self._connect()
        self.resize(self.screen().availableSize() * _FIRST_SHARE)
        self.resize(self.size().boundedTo(_LARGEST_AT_FIRST).expandedTo(_LEAST_AT_FIRST))
        kept = remembered_bytes(_GEOMETRY)
        if not kept.isEmpty():
            self.restoreGeometry(kept)
        fit_on_screen(self)
        self._begin()

    def _make_labels(self) -> None:
        self.title, self.moment = QLabel(self.windowTitle(), self), QLabel(self)
        self.title.setProperty("role", "title")
        self.moment.setProperty("role", "muted")
        self.moment.setObjectName("plan moment")
        self.verdict, self.standing = QLabel(self), QLabel(self)
        for label, name in ((self.verdict, "plan verdict"), (self.standing, "plan standing")):
            label.setObjectName(name)
            label.setWordWrap(True)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        self.verdict.setFont(bold)
        self.spinner = Spinner(self)
        self.bar = QProgressBar(self)
        self.bar.setObjectName("plan progress")
        self.bar.setAccessibleName(tr("Moves made"))
        self.bar.setMaximumHeight(12)
        self.bar.setTextVisible(False)

    def _make_buttons(self) -> None:
        self.again = QPushButton(tr("&Plan again"), self)
        self.run_all, self.run_next = QPushButton(tr("&Run all"), self), QPushButton(tr("&Next round"), self)
        self.stop, self.close_button = QPushButton(tr("&Stop"), self), QPushButton(tr("Close"), self)
        self.play = QPushButton(tr("Let &time go on"), self)
        for button, name in (
            (self.again, "plan again"),
            (self.run_all, "run all"),
            (self.run_next, "next round"),
            (self.stop, "stop plan"),
            (self.play, "play plan"),
            (self.close_button, "close plan"),
        ):
            button.setObjectName(name)
            button.setAutoDefault(False)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addWidget(self.moment, 1, Qt.AlignmentFlag.AlignBottom)
        head.addWidget(self.spinner)
        wish = QHBoxLayout()
        wish.addWidget(self.form, 1)
        wish.addWidget(self.again, 0, Qt.AlignmentFlag.AlignTop)
        foot = QHBoxLayout()
        foot.addWidget(self.standing, 1)
        for button in (self.play, self.stop, self.run_next, self.run_all, self.close_button):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addLayout(wish)
        column.addWidget(self.verdict)
        column.addWidget(self.sheet, 1)
        column.addWidget(self.bar)
        column.addLayout(foot)

    def _connect(self) -> None:
        bridge = self._bridge
        self._look_soon = QTimer(self)
        self._look_soon.setObjectName("plan look")
        self._look_soon.setSingleShot(True)
        self._look_soon.setInterval(_LOOK_MS)
        self._look_soon.timeout.connect(self._look_for_changes)
        self.form.changed.connect(self.ask)
        self.again.clicked.connect(self.ask)
        self.run_all.clicked.connect(self._run_all)
        self.run_next.clicked.connect(self._run_next)
        self.stop.clicked.connect(self._stop)
        self.play.clicked.connect(self._play)
        self.close_button.clicked.connect(self.reject)
        self.asker.began.connect(self._show_all)
        self.asker.answered.connect(self._answered)
        self.asker.failed.connect(self._failed)
        self.asker.progressed.connect(self._show_progress)
        self.sheet.unticked.connect(self._leave)
        self.sheet.emptied.connect(self._empty)
        self.sheet.reveal_wanted.connect(self._reveal)
        self.sheet.failed.connect(self._say_bad)
        self.sheet.saved.connect(self._say)
        if self._desk.facts is not None:
            self._desk.facts.refreshed.connect(self._follow)
        bridge.cluster_changed.connect(self._look_later)
        bridge.world_replaced.connect(self._world_replaced)
        bridge.timeline_changed.connect(self._show_all)
        bridge.pace_changed.connect(self._show_all)
        bridge.destroyed.connect(self._lab_closed)

    # The plan

    def _begin(self) -> None:
        """Takes over what is being carried out, or plans."""
        kept = run_of(self._bridge)
        if kept is not None and (kept.is_under_way or (kept.standing is Standing.READY and kept.has_begun)):
            self._take_run(kept)
        else:
            self.ask()

    def ask(self) -> None:
        """Plans for the wish as it stands."""
        if not not_to_plan(self.run):
            self.asker.ask(self.form.question())

    def _answered(self, answer: Answer) -> None:
        self._drop_run()
        run = PlanRun(self._bridge, answer.plan, answer.expected)
        run.rested.connect(self._desk.window.say)
        self._take_run(run)
        self.moment.setText(tr("as of {moment}", moment=format_clock(answer.time_ns)))

    def _take_run(self, run: PlanRun) -> None:
        self.run, self._changed = run, ()
        run.is_watched = True
        run.changed.connect(self._show_all)
        said, tone = verdict(self._bridge.cluster, run.plan)
        self.verdict.setText(said)
        set_tone(self.verdict, tone)
        self.sheet.show_plan(run.plan, run.moves, said)
        self._look_for_changes()

    def _drop_run(self) -> None:
        run, self.run = self.run or run_of(self._bridge), None
        if run is not None and not run.is_under_way:
            run.leave()

    def _failed(self, sentence: str) -> None:
        self.verdict.setText(sentence)
        set_tone(self.verdict, "bad")
        if self.run is None:
            self.sheet.clear(sentence)
        self._show_all()

    def _leave(self, vms: tuple[VmId, ...]) -> None:
        self.form.leave(vms)

    def _empty(self, node: NodeId) -> None:
        self.form.toggle_emptied(node)

    def _reveal(self, ref: Ref) -> None:
        if exists(self._bridge.cluster, ref):
            self._desk.window.reveal(ref)
        else:
            self._desk.window.say(tr("It is no longer in the cluster."))

    # Carrying it out

    def _run_all(self) -> None:
        if self.run is not None:
            self.run.run_all()

    def _run_next(self) -> None:
        if self.run is not None:
            self.run.run_next()

    def _stop(self) -> None:
        """The first time what is under way may end; the second time it is called off."""
        if self.run is None:
            return
        if self.run.standing is Standing.STOPPING:
            self.run.cancel_moves()
        else:
            self.run.stop()

    def _play(self) -> None:
        self._bridge.session.play()

    # What is shown

    def _show_all(self, _news: object = None) -> None:
        """Everything as it stands now."""
        run, is_planning = self.run, self.asker.is_busy
        self.spinner.turn(is_planning)
        self._show_buttons(is_planning)
        if is_planning:
            self._show_progress(None)
            return
        if run is None:
            self.standing.setText("")
            self.bar.hide()
            return
        said, tone = standing_words(run, self._bridge, self._changed) if run.moves else ("", "")
        self.standing.setText(said)
        set_tone(self.standing, tone)
        self.bar.setVisible(run.has_begun)
        self.bar.setRange(0, len(run.moves))
        self.bar.setValue(sum(one.is_over for one in run.moves))
        why_not = self._not_to_leave()
        self.sheet.refresh(may_untick=not why_not, why_not=why_not)

    def _not_to_leave(self) -> str:
        if self.run is not None and self.run.has_begun:
            return tr("This plan has begun: plan again first.")
        return ""

    def _show_buttons(self, is_planning: bool) -> None:
        not_run = not_to_run(self.run, self._bridge, is_planning=is_planning)
        not_plan, not_stop = not_to_plan(self.run), not_to_stop(self.run)
        stopping = self.run is not None and self.run.standing is Standing.STOPPING
        stands = not self._bridge.pace.playing and not reason_of(self._bridge.timeline)
        self.play.setVisible(self.run is not None and self.run.is_under_way and stands)
        self.stop.setText(tr("&Cancel these moves") if stopping else tr("&Stop"))
        stop_hint = (
            tr("They stay where they are; what is in its blackout moves all the same.")
            if stopping
            else tr("No further round begins; what is under way ends.")
        )
        for button, reason, hint in (
            (self.run_all, not_run, tr("Asks for round after round, each once the one before has ended.")),
            (self.run_next, not_run, tr("Asks for one round.")),
            (self.again, not_plan, tr("A new plan for the cluster as it is now.")),
            (self.stop, not_stop, stop_hint),
        ):
            button.setEnabled(not reason)
            button.setToolTip(reason or hint)
        self.form.setEnabled(not not_plan)
        self.form.setToolTip(not_plan)

    def _show_progress(self, fraction: float | None) -> None:
        set_tone(self.standing, "")
        percent = "" if fraction is None else f" {fraction * 100:.0f} %"
        self.standing.setText(tr("Planning...") + percent)
        self.bar.setVisible(fraction is not None)
        if fraction is not None:
            self.bar.setRange(0, 100)
            self.bar.setValue(round(fraction * 100))

    def _say(self, sentence: str) -> None:
        self._desk.window.say(sentence)

    def _say_bad(self, sentence: str) -> None:
        self._desk.window.say(sentence, "bad")

    # What may happen meanwhile

    def _follow(self, _refresh: object) -> None:
        """How far what is under way has come."""
        if self.run is not None and self.run.is_under_way:
            self.sheet.moves.refresh()

    def _look_later(self, _changes: object) -> None:
        if not self._look_soon.isActive():
            self._look_soon.start()

    def _look_for_changes(self) -> None:
        run = self.run
        self._changed = run.whats_changed() if run is not None and run.standing is Standing.READY else ()
        self._show_all()

    def _world_replaced(self, _opening: object) -> None:
        """Another moment: a plan that has not begun is made anew for it."""
        if self.run is None or not self.run.has_begun:
            self.ask()
        else:
            self._look_for_changes()

    def _lab_closed(self) -> None:
        self.run = None
        self.done(QDialog.DialogCode.Rejected)

    def reject(self) -> None:
        """Closes; what is under way goes on, and the main window says so."""
        if self.run is not None and self.run.is_under_way:
            self.run.is_watched = False
            self._desk.window.say(
                tr(
                    "The plan goes on: round {round} of {rounds}. The Tasks pane shows its moves, and Optimize Cluster "
                    "shows it again.",
                    round=self.run.round,
                    rounds=self.run.plan.rounds,
                )
            )
        super().reject()

    def done(self, result: int) -> None:
        """Remembers sizes; asks nothing more."""
        remember(_GEOMETRY, self.saveGeometry())
        self.sheet.keep_settings()
        self.asker.drop()
        super().done(result)


def open_plan(desk: Desk) -> PlanWindow:
    """Shows the window, the one that is open already where there is one."""
    open_already = desk.parent.findChild(PlanWindow)
    window = open_already if isinstance(open_already, PlanWindow) else PlanWindow(desk)
    window.show()
    window.raise_()
    window.activateWindow()
    return window
