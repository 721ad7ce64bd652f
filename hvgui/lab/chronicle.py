"""The lab's past as the window's timeline has it: what was asked, on which branch, what is undone."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from hvgui.lab import lines
from hvgui.lab.frames import MOST_COMMANDS, BranchMark, CommandMark, Timeline
from hvgui.lab.lab_file import LabFile
from hvgui.lab.lab_reading import MOST_REQUEST_BYTES
from hvgui.lab.lines import NO_LIMIT, Line, Place
from hvgui.lab.lived_by import older_checkpoints

MOST_TITLE = 300
"""Letters of a command's words: the file may be a stranger's."""


class Chronicle:
    """Follows the journal of a lab: read anew where the past is rearranged, added to where something is asked."""

    def __init__(self) -> None:
        self._marks: list[CommandMark] = []
        self._left_out = 0
        self._branches: dict[int, BranchMark] = {}
        self._branch = 1
        self._undo_title: str | None = None
        self._redo_title: str | None = None
        self._older_until_ns = -1

    def read(self, lab: LabFile | None, looking: Place | None = None) -> None:
        """Reads everything anew; `looking`: the place of the past that is shown."""
        if lab is None:
            return
        self._branch = lab.branch
        self._branches = {mark.id: mark for mark in branch_marks(lab)}
        lived = lines.line_of(lab.connection, lab.branch)
        shown = lived if looking is None else lines.line_of(lab.connection, looking.branch)
        self._marks = _marks(lab, lived, shown)
        self._older_until_ns = _older_until_ns(lab, shown)
        total = lab.connection.execute("SELECT count(*) FROM command").fetchone()[0]
        self._left_out = int(total) - len(self._marks)
        below, above = lines.neighbours(lab.connection, lived, lab.undone or NO_LIMIT)
        self._undo_title = None if below is None else title_of(lab, below)
        self._redo_title = title_of(lab, above) if lab.undone and above is not None else None

    def add(self, number: int, time_ns: int, title: str, do: str) -> None:
        """A command of the lived branch, at its end; `do`: the name of its request."""
        self._marks.append(CommandMark(number, self._branch, time_ns, title, do=do))
        if len(self._marks) > MOST_COMMANDS:
            del self._marks[0]
            self._left_out += 1
        mark = self._branches.get(self._branch)
        if mark is not None:
            self._branches[mark.id] = replace(mark, commands=mark.commands + 1)
        self._undo_title, self._redo_title = title, None

    def timeline(self, present_ns: int, looking: Place | None) -> Timeline:
        """As of this moment of the present."""
        branches = dict(self._branches)
        lived = branches.get(self._branch)
        if lived is not None:
            branches[lived.id] = lived = replace(lived, last_ns=max(lived.last_ns, present_ns))
        return Timeline(
            branch=self._branch,
            branch_name=lived.name if lived is not None else "",
            present_ns=present_ns,
            looking_at_ns=None if looking is None else looking.time_ns,
            looking_at_branch=None if looking is None else looking.branch,
            commands=tuple(self._marks),
            commands_left_out=self._left_out,
            branches=tuple(branches.values()),
            undo_title=self._undo_title if looking is None else None,
            redo_title=self._redo_title if looking is None else None,
            older_until_ns=self._older_until_ns,
        )


def _older_until_ns(lab: LabFile, line: Line) -> int:
    """The moment of the last state of a line that another engine has kept; -1: there is none."""
    last, found = older_checkpoints(lab.connection), -1
    for stretch in line if last else ():
        row = lab.connection.execute(
            "SELECT max(time_ns) FROM checkpoint WHERE branch = ? AND number <= ? AND command <= ? AND time_ns <= ?",
            (stretch.branch, last, stretch.last_command, stretch.until_ns),
        ).fetchone()
        found = max(found, -1 if row[0] is None else int(row[0]))
    return found


def branch_marks(lab: LabFile) -> list[BranchMark]:
    """All branches of a lab, by rising id."""
    counted = {
        int(branch): (int(count), int(last_ns))
        for branch, count, last_ns in lab.connection.execute(
            "SELECT branch, count(*), max(time_ns) FROM command GROUP BY branch"
        )
    }
    rows = lab.connection.execute(
        "SELECT number, name, parent, start_ns, reached_ns FROM branch ORDER BY number LIMIT ?", (lines.MOST_BRANCHES,)
    )
    marks = []
    for number, name, parent, start_ns, reached_ns in rows:
        count, last_ns = counted.get(number, (0, 0))
        title = str(name)[:MOST_TITLE]
        marks.append(BranchMark(int(number), title, parent, int(start_ns), max(int(reached_ns), last_ns), count))
    return marks


def title_of(lab: LabFile, number: int) -> str:
    """The words of a command."""
    row = lab.connection.execute("SELECT title FROM command WHERE number = ?", (number,)).fetchone()
    return "" if row is None else str(row[0])[:MOST_TITLE]


def marks_of(lab: LabFile, line: Line) -> list[CommandMark]:
    """The commands of a line."""
    return [
        CommandMark(int(number), int(branch), int(time_ns), str(title)[:MOST_TITLE], do=_name_of(request))
        for stretch in reversed(line)
        for number, branch, time_ns, title, request in lab.connection.execute(
            "SELECT number, branch, time_ns, title, request FROM command"
            " WHERE branch = ? AND number <= ? AND time_ns <= ? ORDER BY number",
            (stretch.branch, stretch.last_command, stretch.until_ns),
        )
    ]


def _marks(lab: LabFile, lived: Line, shown: Line) -> list[CommandMark]:
    rows = lab.connection.execute(
        "SELECT number, branch, time_ns, title, request FROM command ORDER BY number DESC LIMIT ?", (MOST_COMMANDS,)
    ).fetchall()
    on_lived, on_shown = _up_to(lived), _up_to(shown)
    return [
        CommandMark(
            int(number),
            int(branch),
            int(time_ns),
            str(title)[:MOST_TITLE],
            undone=bool(lab.undone) and lab.undone <= number <= on_lived.get(branch, -1),
            on_line=number <= on_shown.get(branch, -1),
            do=_name_of(request),
        )
        for number, branch, time_ns, title, request in reversed(rows)
    ]


class _Named(msgspec.Struct):
    """Of a request, its name alone."""

    do: str = ""


_NAMES = msgspec.msgpack.Decoder(_Named)


def _name_of(request: object) -> str:
    """The name of a request in the journal; empty where it makes no sense (replay says why)."""
    if not isinstance(request, bytes) or len(request) > MOST_REQUEST_BYTES:
        return ""
    try:
        return _NAMES.decode(request).do[:MOST_TITLE]
    except (msgspec.MsgspecError, UnicodeError):
        return ""


def _up_to(line: Line) -> dict[int, int]:
    return {stretch.branch: stretch.last_command for stretch in line}
