"""A column as data: what it shows of an object, by what it sorts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hvgui.gui.facts import Facts
from hvgui.gui.objects import Ref


@dataclass(frozen=True)
class Column:
    """One column of a table. The functions get an object that exists."""

    id: str
    """Its name in the settings."""
    title: str
    text: Callable[[Facts, Ref], str]
    order: Callable[[Facts, Ref], Any] | None = None
    """What it sorts by, all of one type; None: by its text."""
    width: int = 12
    """At first, in average letters."""
    numeric: bool = False
    live: bool = False
    """Whether it changes with every sample of figures."""
    shown: bool = True
    """At first."""
    icon: Callable[[Facts, Ref], tuple[str, str]] | None = None
    tint: Callable[[Facts, Ref], str] | None = None
    """Colour of the text by its name in the scheme; empty: the usual one."""
    explanation: str = ""
    """Tool tip of the header."""


@dataclass(frozen=True)
class TableKind:
    """A table: its name in the settings, what one row is, its columns, and by which it is sorted at first."""

    id: str
    rows: str
    columns: tuple[Column, ...]
    sorted_by: int = 0
    empty: str = "Nothing here."
    """What is said in the place of rows when there are none."""
