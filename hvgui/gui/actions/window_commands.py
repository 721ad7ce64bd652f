"""The commands on files, on the window itself, and help."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath

from hvgui.exchange.samples import sample_infos
from hvgui.gui.actions.command import Choice, Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.settings import recent_files
from hvgui.gui.words import tr

FILE = "&File"
EDIT = "&Edit"
VIEW = "V&iew"
HELP = "&Help"
_THEMES = (("system", "As the system says"), ("light", "Light"), ("dark", "Dark"), ("contrast", "High contrast"))


def _open(desk: Desk) -> None:
    desk.window.open_dialog()


def _open_path(path: str, desk: Desk) -> None:
    desk.window.open_path(path)


def _open_sample(name: str, desk: Desk) -> None:
    desk.window.open_sample(name)


def _create_lab(desk: Desk) -> None:
    desk.window.create_lab()


def _samples(desk: Desk) -> tuple[Choice, ...]:
    return tuple(
        Choice(one.title, partial(_open_sample, one.name), explanation=one.description) for one in sample_infos()
    )


def _recent(desk: Desk) -> tuple[Choice, ...]:
    return tuple(Choice(PurePath(path).name, partial(_open_path, path), explanation=path) for path in recent_files())


def _no_recent(desk: Desk) -> str:
    return "" if recent_files() else tr("No file has been opened yet.")


def _no_lab(desk: Desk) -> str:
    return "" if desk.has_lab else tr("No lab is open.")


def _save_as(desk: Desk) -> None:
    desk.window.save_as_dialog()


def _recover(desk: Desk) -> None:
    desk.window.recover_dialog()


def _quit(desk: Desk) -> None:
    desk.window.close_window()


def _find(desk: Desk) -> None:
    desk.window.focus_filter()


def _next_pane(desk: Desk) -> None:
    desk.window.next_pane()


def _palette(desk: Desk) -> None:
    desk.window.show_palette()


def _nothing_sent(desk: Desk) -> str:
    return "" if desk.sent_powershell else tr("Nothing has been asked of the cluster yet.")


def _copy_last(desk: Desk) -> None:
    desk.window.copy_text(desk.sent_powershell[-1], tr("The PowerShell of the last action is on the clipboard."))


def _copy_all(desk: Desk) -> None:
    said = tr("The PowerShell of {count} actions is on the clipboard.", count=len(desk.sent_powershell))
    desk.window.copy_text("\n".join(desk.sent_powershell), said)


def _themes(desk: Desk) -> tuple[Choice, ...]:
    now = desk.window.theme.choice
    return tuple(Choice(tr(title), partial(_theme, name), checked=name == now) for name, title in _THEMES)


def _theme(name: str, desk: Desk) -> None:
    desk.window.theme.choose(name)


def _panes(desk: Desk) -> tuple[Choice, ...]:
    return tuple(Choice(title, partial(_pane, pane), checked=shown) for pane, title, shown in desk.window.panes())


def _pane(pane: str, desk: Desk) -> None:
    desk.window.toggle_pane(pane)


def _expand(expanded: bool, desk: Desk) -> None:
    desk.window.expand_tree(expanded)


def _reset(desk: Desk) -> None:
    desk.window.reset_layout()


def _shortcuts(desk: Desk) -> None:
    desk.window.show_shortcuts()


def _guide(desk: Desk) -> None:
    desk.window.show_guide()


def _news(desk: Desk) -> None:
    desk.window.show_news()


def _report(desk: Desk) -> None:
    desk.window.show_report()


def _about(desk: Desk) -> None:
    desk.window.show_about()


FILE_COMMANDS = (
    Command(
        "file.open",
        "Open lab or inventory...",
        FILE,
        icon="folder-open",
        shortcut="Ctrl+O",
        run=_open,
        explanation="A kept lab (.hvlab), or what the collector wrote on a real cluster (.json).",
    ),
    Command(
        "file.create-lab",
        "Create a test lab...",
        FILE,
        icon="sitemap",
        shortcut="Ctrl+N",
        run=_create_lab,
        explanation="The article's lab step by step, or a cluster of any size with the hardware that you choose.",
    ),
    Command("file.sample", "New lab from sample", FILE, icon="file-plus", choices=_samples),
    Command("file.recent", "Open recent", FILE, icon="history", choices=_recent, reason=_no_recent),
    Command(
        "file.save-as",
        "Save lab as...",
        FILE,
        icon="device-floppy",
        shortcut="Ctrl+Shift+S",
        run=_save_as,
        reason=_no_lab,
        begins_group=True,
        explanation="Keeps the lab under a name of its own and goes on in it. A lab is kept all the time anyway.",
    ),
    Command(
        "file.recover",
        "Recover what can be read...",
        FILE,
        icon="lifebuoy",
        run=_recover,
        explanation="Reads what is left of a damaged lab into a new one. The damaged file stays as it is.",
    ),
)
"""The File menu, up to what is done with disk files."""

QUIT_COMMANDS = (Command("file.quit", "Quit", FILE, icon="logout", shortcut="Ctrl+Q", run=_quit, begins_group=True),)
"""Its end."""

EDIT_COMMANDS = (
    Command("edit.find", "Find in the tree", EDIT, icon="search", shortcut="Ctrl+F", run=_find, begins_group=True),
    Command("edit.palette", "Command palette...", EDIT, icon="command", shortcut="Ctrl+K", run=_palette),
    Command(
        "edit.copy-powershell",
        "Copy PowerShell of the last action",
        EDIT,
        icon="terminal-2",
        shortcut="Ctrl+Shift+C",
        run=_copy_last,
        reason=_nothing_sent,
        begins_group=True,
        explanation="The command that does the same on a real cluster.",
    ),
    Command(
        "edit.copy-all-powershell",
        "Copy PowerShell of all actions",
        EDIT,
        icon="terminal-2",
        run=_copy_all,
        reason=_nothing_sent,
    ),
)
"""The Edit menu."""

VIEW_COMMANDS = (
    Command("view.theme", "Theme", VIEW, icon="contrast", choices=_themes),
    Command("view.panes", "Panes", VIEW, icon="layout-sidebar", choices=_panes),
    Command(
        "view.next-pane", "Next pane", VIEW, shortcut="F6", run=_next_pane, explanation="By keyboard from pane to pane."
    ),
    Command("view.reset", "Reset the layout", VIEW, run=_reset),
    Command(
        "view.expand", "Expand the tree", VIEW, shortcut="Ctrl+Shift+E", run=partial(_expand, True), begins_group=True
    ),
    Command("view.collapse", "Collapse the tree", VIEW, shortcut="Ctrl+Shift+W", run=partial(_expand, False)),
)
"""The View menu."""

HELP_COMMANDS = (
    Command("help.guide", "User guide", HELP, icon="help", shortcut="F1", run=_guide),
    Command("help.shortcuts", "Keyboard shortcuts", HELP, icon="keyboard", shortcut="Ctrl+F1", run=_shortcuts),
    Command("help.news", "What's new", HELP, icon="tag", run=_news),
    Command(
        "help.report",
        "Report of a fault...",
        HELP,
        icon="lifebuoy",
        run=_report,
        begins_group=True,
        explanation="What went wrong, in which version, after what. To be copied; nothing is sent by itself.",
    ),
    Command("help.about", "About hvgui", HELP, icon="info-circle", run=_about),
)
"""The Help menu."""
