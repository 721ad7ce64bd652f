"""What is chosen, whichever view it was chosen in: the commands act on it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from hvgui.gui.objects import Kind, Ref


class Selection(QObject):
    """The chosen objects, in the order of their view. One for the whole window; the view last used decides."""

    changed = Signal(object)
    """tuple[Ref, ...]."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.refs: tuple[Ref, ...] = ()

    def choose(self, refs: tuple[Ref, ...]) -> None:
        """Takes the objects of the view that was last used."""
        if refs != self.refs:
            self.refs = refs
            self.changed.emit(refs)

    def of(self, kind: Kind) -> tuple[Ref, ...]:
        """Those of one kind."""
        return tuple(ref for ref in self.refs if ref.kind is kind)
