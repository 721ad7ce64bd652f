"""The import wizard: from a folder or file to virtual machines of this cluster."""

from __future__ import annotations

from dataclasses import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.gui.actions.desk import Desk
from hvgui.gui.copies.import_draft import ImportDraft
from hvgui.gui.copies.import_kind import KindPage, NetworksPage
from hvgui.gui.copies.import_place import PlacePage
from hvgui.gui.copies.import_progress import RunningPage
from hvgui.gui.copies.import_source import ContentsPage, SourcePage
from hvgui.gui.copies.import_summary import SummaryPage
from hvgui.gui.wizard.frame import Wizard
from hvgui.gui.words import tr


class ImportWizard(Wizard):
    """Stands beside the window, which goes on; goes with the lab."""

    def __init__(self, desk: Desk, path: str = "", target: NodeId | None = None) -> None:
        super().__init__(tr("Import virtual machine"), "import wizard", desk.parent)
        if desk.bridge is None:
            raise RuntimeError("no lab is open")
        self._desk = desk
        self.source = SourcePage(path)
        self.contents = ContentsPage(self.source, self._cluster)
        self.kind = KindPage(self.contents.machines, self._cluster)
        self.place = PlacePage(desk, self.draft, target)
        self.networks = NetworksPage(self.contents.machines, self._cluster)
        self.summary = SummaryPage(desk, self.draft)
        self.running = RunningPage(desk, self.summary)
        self.resize(960, 620)
        self.begin((self.source, self.contents, self.kind, self.place, self.networks, self.summary, self.running))
        if path and not self.source.why_not():
            self.go_on()

    def recheck(self) -> None:
        """See Wizard.recheck; what has been asked for is called off on its page, import by import."""
        super().recheck()
        self.cancel.setVisible(self.page is not self.running)

    def _cluster(self) -> Cluster:
        return self._desk.cluster

    def draft(self) -> ImportDraft:
        """What has been decided so far, on whichever pages."""
        kind, place = self.kind, self.place
        home = place.home
        draft = ImportDraft(
            machines=self.contents.machines(),
            restores=kind.restore.isChecked(),
            in_place=not kind.duplicate.isChecked(),
            generalised=kind.generalised.isChecked(),
            without_memory=kind.without_memory.isChecked(),
            local=place.is_local,
            networks=self.networks.mapping(),
            pattern=place.name.text(),
            count=place.count.value(),
            first=place.first.value(),
            target=place.target,
        )
        return draft if home is None else replace(draft, volume=home.volume, lun=home.lun)

    def done(self, result: int) -> None:
        """Nothing is read or planned behind a closed wizard; what was asked for goes on."""
        self.contents.reading.close()
        self.place.rest()
        self.summary.rest()
        super().done(result)


def open_import_wizard(desk: Desk, path: str = "", target: NodeId | None = None) -> ImportWizard:
    """Shows the wizard; with a path it begins with what is in it."""
    wizard = ImportWizard(desk, path, target)
    wizard.show()
    return wizard
