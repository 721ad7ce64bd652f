"""Spacing, lines and corners, as a style sheet over Fusion. No rules for items of views: they slow down painting."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from hvgui.shipped import shipped_file

if TYPE_CHECKING:
    from hvgui.gui.theme import Colours

_SHEET = Template("""
QMainWindow::separator { background: $window; width: 5px; height: 5px; }
QMainWindow::separator:hover { background: $accent; }
QSplitter::handle { background: $window; }
QSplitter::handle:hover { background: $accent; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 4px 6px; }

QMenuBar { background: $window; padding: 1px 4px; }
QMenuBar::item { padding: 4px 9px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: $selected; color: $on_selected; }
QMenu { background: $base; border: 1px solid $border; padding: 4px; }
QMenu::item { padding: 5px 26px 5px 10px; border-radius: 4px; }
QMenu::icon { padding-left: 6px; }
QMenu::item:selected { background: $selected; color: $on_selected; }
QMenu::item:disabled { color: $muted; }
QMenu::item:disabled:selected { background: $alternate; color: $muted; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }

QToolBar { background: $window; border: none; border-bottom: 1px solid $border; padding: 3px 6px; spacing: 3px; }
QToolBar::separator { width: 1px; background: $border; margin: 5px 5px; }
QToolButton { padding: 4px; border: 1px solid transparent; border-radius: 5px; }
QToolButton:hover { background: $raised; border-color: $border; }
QToolButton:pressed, QToolButton:checked { background: $selected; color: $on_selected; border-color: $accent; }
QToolButton:focus { border-color: $accent; }
QToolButton::menu-indicator { image: none; }

QStatusBar { background: $window; border-top: 1px solid $border; }
QStatusBar::item { border: none; }
QStatusBar QLabel { padding: 1px 8px; }

QDockWidget { font-weight: 600; titlebar-close-icon: none; }
QDockWidget::title { background: $window; padding: 6px 8px; border-bottom: 1px solid $border; }

QTreeView, QTableView, QListView, QPlainTextEdit, QTextBrowser { background: $base; border: none; }
QDialog QTreeView, QDialog QListView { border: 1px solid $border; border-radius: 5px; }
QScrollBar:vertical { background: $base; width: 11px; margin: 0; }
QScrollBar:horizontal { background: $base; height: 11px; margin: 0; }
QScrollBar::handle { background: $border; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; }
QHeaderView { background: $raised; }
QHeaderView::section { background: $raised; border: none; border-bottom: 1px solid $border;
    border-right: 1px solid $border; padding: 5px 8px; font-weight: 600; }
QHeaderView::section:hover { background: $selected; color: $on_selected; }

QTabWidget::pane { border: none; border-top: 1px solid $border; top: -1px; }
QTabBar::tab { padding: 6px 14px; border: none; border-bottom: 2px solid transparent; color: $muted; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; font-weight: 600; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:focus { background: $selected; color: $on_selected; }

QLineEdit, QComboBox { background: $base; border: 1px solid $border; border-radius: 5px;
    padding: 4px 7px; min-height: 18px; }
QAbstractSpinBox { min-height: 24px; }
QLineEdit:focus, QComboBox:focus { border-color: $accent; }
QPushButton { background: $raised; border: 1px solid $border; border-radius: 5px; padding: 5px 14px; }
QPushButton:hover { border-color: $accent; }
QPushButton:focus { border-color: $accent; }
QPushButton:pressed { background: $selected; color: $on_selected; }
QPushButton:default { background: $accent; color: $on_accent; border-color: $accent; }
QComboBox { padding-right: 2px; }
QComboBox::drop-down { subcontrol-origin: padding; subcontrol-position: center right; width: 20px; border: none; }
QCheckBox::indicator, QRadioButton::indicator { width: 13px; height: 13px; background: $base;
    border: 1px solid $muted; }
QCheckBox::indicator { border-radius: 3px; }
QRadioButton::indicator { border-radius: 7px; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url($tick); }
QRadioButton::indicator:checked { border-color: $accent; background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5,
    fx: 0.5, fy: 0.5, stop: 0 $accent, stop: 0.55 $accent, stop: 0.65 $base, stop: 1 $base); }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: $accent; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: $border; background: $window; }
QCheckBox::indicator:checked:disabled { border-color: $muted; background: $muted; }
QTreeView[role="ticks"]::indicator, QListView[role="ticks"]::indicator { width: 12px; height: 12px; background: $base;
    border: 1px solid $muted; border-radius: 3px; }
QTreeView[role="ticks"]::indicator:checked, QListView[role="ticks"]::indicator:checked { background: $accent;
    border-color: $accent; image: url($tick); }
QTreeView[role="ticks"]::indicator:indeterminate { background: $muted; border-color: $accent; }
QComboBox::down-arrow { image: url($arrow); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $base; border: 1px solid $border; padding: 3px;
    selection-background-color: $selected; selection-color: $on_selected; }
QPushButton:disabled { color: $muted; background: $window; border-color: $border; }
QProgressBar { border: 1px solid $border; border-radius: 4px; background: $base; text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QLabel[role="title"] { font-size: 15pt; font-weight: 600; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="section"] { color: $muted; font-weight: 600; }
QLabel[role="figure"] { font-size: 13pt; font-weight: 600; }
QLabel[role="clock"] { font-size: 12pt; font-weight: 600; padding: 0 8px; }
QLabel[tone="good"] { color: $good; }
QLabel[tone="warning"] { color: $warning; }
QLabel[tone="bad"] { color: $bad; }
QFrame[role="tile"] { background: $base; border: 1px solid $border; border-radius: 7px; }
QFrame[role="card"] { background: $base; border: 1px solid $border; border-radius: 7px; }
QFrame[role="notice"] { background: $raised; border: 1px solid $border; border-left: 4px solid $warning;
    border-radius: 5px; }
QFrame[role="notice"][tone="bad"] { border-left-color: $bad; }
QFrame[role="notice"][tone="info"] { border-left-color: $accent; }
QFrame[role="band"] { background: $raised; border: 1px solid $warning; border-left: 6px solid $warning;
    border-radius: 5px; }
QFrame[role="band"][tone="warning"] QLabel { font-weight: 600; }
QFrame[role="band"][tone="bad"] { border-color: $bad; }
QFrame[role="band"][tone="accent"] { border-color: $accent; }
QFrame[role="band"][tone="good"] { border-color: $good; }
QFrame[role="band"][tone="muted"] { border-color: $muted; }
QToolButton[role="action"] { text-align: left; padding: 4px 8px; border-radius: 5px; }
QToolButton[role="action"]:disabled { color: $muted; }
QScrollArea { border: none; background: transparent; }
""")


_CONTRAST = Template("""
QPushButton:disabled, QToolButton:disabled { color: $muted; border: 1px dashed $border; }
QSlider::groove:horizontal { height: 4px; background: $border; }
QSlider::handle:horizontal { width: 12px; margin: -6px 0; background: $text; border: 1px solid $text; }
QSlider::handle:horizontal:disabled { background: $window; }
QSlider::handle:horizontal:focus { background: $accent; border-color: $accent; }
QAbstractSpinBox { border: 1px solid $border; }
""")
"""Where the shades that tell grey from black are not to be had."""


def style_sheet(colours: Colours) -> str:
    """The sheet in the scheme's colours."""
    arrow = shipped_file(f"icons/arrow-{'light' if colours.is_dark else 'dark'}.svg").as_posix()
    tick = shipped_file(f"icons/tick-on-{'light' if colours.is_dark else 'dark'}.svg").as_posix()
    sheet = _SHEET.substitute(vars(colours), arrow=arrow, tick=tick)
    return sheet + _CONTRAST.substitute(vars(colours)) if colours.name == "contrast" else sheet
