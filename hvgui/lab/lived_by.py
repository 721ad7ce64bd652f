"""Which engine has lived which part of a lab: what another one has lived can't be replayed, only shown as it was kept.

The lab says which generation lives it (`engine`), and which is the newest checkpoint that another one has made
(`older_until`). A world that is reckoned from such a checkpoint over time and commands might come out otherwise than it
did then, and nobody would see it; the checkpoint itself is what was.
"""

from __future__ import annotations

import sqlite3

from hvgui.engine.generation import GENERATION

FACTS = {"engine": str(GENERATION)}
"""What a new lab says."""


def note_engine(connection: sqlite3.Connection) -> None:
    """From now on this engine lives the lab. Raises sqlite3.Error."""
    if _number(connection, "engine") != GENERATION:
        older = older_checkpoints(connection)
        for key, value in {**FACTS, "older_until": str(older)}.items():
            connection.execute("INSERT OR REPLACE INTO lab VALUES (?, ?)", (key, value))


def older_checkpoints(connection: sqlite3.Connection) -> int:
    """The number up to which checkpoints are of another engine; 0: none is. Raises ValueError."""
    if _number(connection, "engine") == GENERATION:
        return _number(connection, "older_until")
    return int(connection.execute("SELECT coalesce(max(number), 0) FROM checkpoint").fetchone()[0])


def _number(connection: sqlite3.Connection, key: str) -> int:
    row = connection.execute("SELECT value FROM lab WHERE key = ?", (key,)).fetchone()
    return 0 if row is None else int(str(row[0])[:20])
