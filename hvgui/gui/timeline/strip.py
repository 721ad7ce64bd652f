"""The timeline as a strip: a ruler of the line of history with marks and handles, to be dragged, clicked and zoomed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from hvgui.cluster.events import Event
from hvgui.cluster.units import NANOSECONDS, format_clock
from hvgui.gui.theme import colours
from hvgui.gui.timeline.lineage import branch_of, shown_branch
from hvgui.gui.timeline.marks import Marks
from hvgui.gui.timeline.past import Past
from hvgui.gui.timeline.ruler import Scale, whole
from hvgui.gui.timeline.strip_painting import HEIGHT, MARK_REACH, Handles, draw_handles, ground, small_font
from hvgui.gui.timeline.strip_words import marks_words, standing_words
from hvgui.gui.words import tr
from hvgui.lab.frames import CommandMark, Frame, Opening, Timeline

_SNAP_PIXELS = 5
_ZOOM_STEP = 1.25
_MARKS_MS = 250
"""New marks are drawn at most so often."""


class TimelineStrip(QWidget):
    """Shows one lab's past and asks for moments of it."""

    def __init__(self, past: Past, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline")
        self.setAccessibleName(tr("Timeline"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setFixedHeight(HEIGHT + 2)
        self.setMinimumWidth(200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.past = past
        self.marks = Marks()
        self._scale = whole(past.present_ns, max(1, self.width() - 2))
        self._fits = True
        self._ground: tuple[object, QPixmap] | None = None
        self._hover: int | None = None
        self._dragging = False
        self._drawn = (-1, -1)
        self._branch = -1
        self._marks_soon = QTimer(self)
        self._marks_soon.setObjectName("timeline marks")
        self._marks_soon.setSingleShot(True)
        self._marks_soon.setInterval(_MARKS_MS)
        self._marks_soon.timeout.connect(self._redraw)
        bridge = past.bridge
        self.marks.take_world(past.timeline, bridge.time_ns, bridge.opening_events)
        bridge.world_replaced.connect(self._take_world)
        bridge.events_arrived.connect(self._take_events)
        bridge.timeline_changed.connect(self._take_timeline)
        bridge.frame_arrived.connect(self._take_frame)
        past.changed.connect(self._redraw)
        if past.timeline is not None:
            self._take_timeline(past.timeline)
        self._describe()

    # What it shows

    @property
    def scale(self) -> Scale:
        """The span of time in sight."""
        return self._scale

    @property
    def last_ns(self) -> int:
        """Where the line of history ends that is shown: beyond the present where commands are undone."""
        timeline = self.past.timeline
        if timeline is None:
            return self.past.present_ns
        mark = branch_of(timeline, shown_branch(timeline))
        ahead = self.marks.commands[-1].time_ns if self.marks.commands else 0
        ends = [self.past.bridge.time_ns, ahead, mark.last_ns if mark is not None else 0]
        if shown_branch(timeline) == timeline.branch:
            ends.append(self.past.present_ns)
        return max(ends)

    def zoom(self, factor: float) -> None:
        """More (factor below 1) or less in sight, around the moment that is shown."""
        at = self.past.shown_ns
        self._zoom(factor, at if self._scale.shows(at) else (self._scale.begin_ns + self._scale.end_ns) // 2)

    def show_whole(self) -> None:
        """The whole line in sight."""
        self._fits = True
        self._scale = whole(self.last_ns, self._scale.pixels)
        self._redraw()

    def go_to_mark(self, *, forward: bool) -> None:
        """Shows the next marked moment, or the one before; the present comes after the last."""
        at, present = self.past.shown_ns, self.past.present_ns
        found = self.marks.after(at) if forward else self.marks.before(at)
        on_lived_line = self._is_lived_line()
        if found is None and not forward:
            found = 0
        if found is None or (forward and on_lived_line and at < present <= found):
            self.past.return_to_present()
        else:
            self.go_to(found)

    def go_to(self, time_ns: int) -> None:
        """Shows a moment of the line, and brings it into sight."""
        time_ns = max(0, min(time_ns, self.last_ns))
        branch = None if self._is_lived_line() else shown_branch(self.past.timeline) if self.past.timeline else None
        self.past.look_at(time_ns, branch)
        if not self._scale.shows(time_ns):
            self._scale = self._scale.moved(time_ns - self._scale.span_ns // 2 - self._scale.begin_ns, self.last_ns)
        self._redraw()

    def _is_lived_line(self) -> bool:
        timeline = self.past.timeline
        return timeline is None or shown_branch(timeline) == timeline.branch

    # Following

    def _take_world(self, opening: Opening) -> None:
        self.marks.take_world(self.past.timeline, opening.time_ns, opening.events)
        self._redraw()

    def _take_events(self, events: tuple[Event, ...]) -> None:
        before = self.marks.version
        self.marks.take_events(events)
        if self.marks.version != before and not self._marks_soon.isActive():
            self._marks_soon.start()

    def _take_timeline(self, timeline: Timeline) -> None:
        self.marks.take_timeline(timeline)
        self.marks.note_timeline(timeline)
        if self._branch != shown_branch(timeline):
            self._branch = shown_branch(timeline)
            if self._fits:
                self.show_whole()
        self._describe()
        self._redraw()

    def _take_frame(self, _frame: Frame) -> None:
        """Time has gone on: only the handles move, until the present comes to the edge."""
        if self.last_ns > self._scale.end_ns and self._follows():
            self._redraw()
            return
        drawn = (round(self._scale.x(self.past.present_ns)), round(self._scale.x(self.past.shown_ns)))
        if drawn != self._drawn:
            low, high = min(*drawn, *self._drawn), max(*drawn, *self._drawn)
            self.update(QRect(low - 8, 0, high - low + 18, self.height()))

    def _follows(self) -> bool:
        """Keeps the present in sight: the whole line grows, a part of it moves along."""
        if self._fits:
            self._scale = whole(self.last_ns, self._scale.pixels)
            return True
        if self._scale.end_ns >= self.past.present_ns or self.past.is_looking or self._dragging:
            return False
        if self.past.present_ns - self._scale.end_ns > self._scale.span_ns // 4:
            return False
        self._scale = self._scale.moved(self._scale.span_ns // 4, self.last_ns)
        return True

    def _redraw(self) -> None:
        if self._fits and self.last_ns > self._scale.end_ns:
            self._scale = whole(self.last_ns, self._scale.pixels)
        self.update()

    def _describe(self) -> None:
        words = standing_words(self.past, self.marks)
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)

    # Painting

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(600, HEIGHT + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The same span over other pixels."""
        super().resizeEvent(event)
        pixels = max(1, self.width() - 2)
        self._scale = Scale(self._scale.begin_ns, self._scale.end_ns, pixels)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground as it was painted last, if it still holds, and the handles."""
        scheme = colours()
        key = (self._scale, self.marks.version, scheme.name, self.devicePixelRatioF(), self.font().key())
        if self._ground is None or self._ground[0] != key:
            self._ground = (key, ground(self._scale, self.marks, scheme, self.font(), self.devicePixelRatioF()))
        painter = QPainter(self)
        painter.translate(1, 1)
        painter.drawPixmap(0, 0, self._ground[1])
        painter.setFont(small_font(self.font()))
        past = self.past
        self._drawn = (round(self._scale.x(past.present_ns)), round(self._scale.x(past.shown_ns)))
        looking = past.is_looking or past.shown_ns != past.bridge.time_ns
        painter.save()
        painter.setClipRect(0, 0, self._scale.pixels, HEIGHT)
        draw_handles(
            painter,
            self._scale,
            Handles(past.present_ns, past.shown_ns, self.last_ns, looking, self._hover, self._pointed()),
            scheme,
        )
        painter.restore()
        painter.setPen(QColor(scheme.accent if self.hasFocus() else scheme.border))
        painter.drawRect(-1, -1, self.width() - 1, HEIGHT + 1)
        painter.end()

    def _pointed(self) -> str:
        if self._dragging:
            return format_clock(self.past.shown_ns)
        return "" if self._hover is None else format_clock(self._scale.moment(self._hover))

    # The pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Goes there: to the mark under the pointer, to the present near its handle, or to the moment itself."""
        if event.button() is not Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        x = event.position().x() - 1
        self._dragging = True
        near_present = self._is_lived_line() and abs(self._scale.x(self.past.present_ns) - x) <= _SNAP_PIXELS
        if near_present:
            self.past.return_to_present()
            return
        marked = self._commands_at(x)
        self.go_to(marked[-1].time_ns if marked else self._scale.moment(x))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Dragging scrubs; without a button it tells what is there."""
        x = event.position().x() - 1
        self._hover = round(x)
        if self._dragging and event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(x)
        else:
            self._tell(x, event.globalPosition().toPoint())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The end of a drag."""
        self._dragging = False
        self.update()
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Two quick clicks are two clicks."""
        self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at."""
        self._hover = None
        self.update()
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zooms at the pointer; sideways, or with Shift, it moves along."""
        turn = event.angleDelta()
        if turn.x() or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            steps = (turn.x() or turn.y()) / 120
            self._fits = False
            self._scale = self._scale.moved(round(-steps * self._scale.span_ns / 8), self.last_ns)
            self._redraw()
        elif turn.y():
            self._zoom(_ZOOM_STEP ** (-turn.y() / 120), self._scale.moment(event.position().x() - 1))
        event.accept()

    def _zoom(self, factor: float, at_ns: int) -> None:
        self._scale = self._scale.zoomed(factor, at_ns, self.last_ns)
        self._fits = self._scale.span_ns >= whole(self.last_ns, self._scale.pixels).span_ns
        self._redraw()

    def _drag(self, x: float) -> None:
        x = max(0.0, min(x, self._scale.pixels))
        if self._is_lived_line() and abs(self._scale.x(self.past.present_ns) - x) <= _SNAP_PIXELS:
            self.past.return_to_present()
        else:
            self.go_to(self._scale.moment(x))

    def _commands_at(self, x: float) -> tuple[CommandMark, ...]:
        return self.marks.commands_near(self._scale.moment(x - MARK_REACH), self._scale.moment(x + MARK_REACH))

    def _tell(self, x: float, place: QPoint) -> None:
        begin, end = self._scale.moment(x - MARK_REACH), self._scale.moment(x + MARK_REACH)
        words = marks_words(self.marks.commands_near(begin, end), self.marks.events_near(begin, end))
        if words:
            QToolTip.showText(place, words, self)
        elif QToolTip.isVisible():
            QToolTip.hideText()

    # The keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go from mark to mark (with Shift by the second), Home and End to the ends, + and - zoom."""
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right as key:
                forward = key == Qt.Key.Key_Right
                if shift:
                    self._step(NANOSECONDS if forward else -NANOSECONDS)
                else:
                    self.go_to_mark(forward=forward)
            case Qt.Key.Key_Home:
                self.go_to(0)
            case Qt.Key.Key_End:
                self.past.return_to_present()
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom(1 / _ZOOM_STEP)
            case Qt.Key.Key_Minus:
                self.zoom(_ZOOM_STEP)
            case Qt.Key.Key_0:
                self.show_whole()
            case _:
                super().keyPressEvent(event)

    def _step(self, by_ns: int) -> None:
        wanted = self.past.shown_ns + by_ns
        if self._is_lived_line() and wanted >= self.past.present_ns:
            self.past.return_to_present()
        else:
            self.go_to(wanted)
