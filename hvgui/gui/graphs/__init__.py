"""Real-time graphs: what is kept of the past (numpy), what is drawn of it (pyqtgraph), and the panels of the window.

`history_of(bridge)` is to be called once as soon as there is a bridge, so that graphs opened later show what came
before. Nothing here imports pyqtgraph before the first chart is shown: it would double the time to the first window.
"""

from __future__ import annotations

from hvgui.gui.graphs.course_panel import migration_panel
from hvgui.gui.graphs.figures_panel import node_panel, vm_panel
from hvgui.gui.graphs.history import history_of

__all__ = ["history_of", "migration_panel", "node_panel", "vm_panel"]
