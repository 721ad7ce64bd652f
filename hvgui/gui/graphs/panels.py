"""The panels that the window places: of a node, of a VM, of a VM's migration."""

from __future__ import annotations

from hvgui.gui.graphs.course_panel import migration_panel
from hvgui.gui.graphs.figures_panel import node_panel, vm_panel
from hvgui.gui.graphs.history import history_of
from hvgui.gui.graphs.storage_panels import LunPanel, SanPanel, VolumePanel

__all__ = ["LunPanel", "SanPanel", "VolumePanel", "history_of", "migration_panel", "node_panel", "vm_panel"]
