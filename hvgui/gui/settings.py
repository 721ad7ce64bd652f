"""What the window remembers from one run to the next: an INI file in the platform's folder for settings.

INI files read back as text, and a wrong type from a file that somebody edited must not stop the window: every read
names its type and its default.
"""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings

_RECENT_MOST = 8


def settings() -> QSettings:
    """The file of settings. Cheap to open; Qt shares its contents within the process."""
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "hvgui", "hvgui")


def remembered_text(key: str, default: str = "") -> str:
    """A text, or the default."""
    return str(settings().value(key, default, type=str))


def remembered_flag(key: str, default: bool = False) -> bool:
    """A yes or no, or the default."""
    return bool(settings().value(key, default, type=bool))


def remembered_number(key: str, default: float = 0.0) -> float:
    """A number, or the default."""
    value = settings().value(key, default, type=float)
    return float(value) if isinstance(value, int | float) else default


def remembered_bytes(key: str) -> QByteArray:
    """A state as Qt's own widgets save it; empty where there is none."""
    value = settings().value(key, QByteArray(), type=QByteArray)
    return value if isinstance(value, QByteArray) else QByteArray()


def remembered_list(key: str) -> list[str]:
    """A list of texts; a list of one comes back from an INI file as a plain text."""
    value = settings().value(key, [])
    if isinstance(value, str):
        return [value] if value else []
    return [str(one) for one in value] if isinstance(value, list) else []


def remember(key: str, value: object) -> None:
    """Keeps a value."""
    settings().setValue(key, value)


def recent_files() -> list[str]:
    """Files opened last, newest first."""
    return remembered_list("recent")


def remember_file(path: str) -> None:
    """Puts a file at the head of the recent ones."""
    kept = [path, *(one for one in recent_files() if one != path)]
    remember("recent", kept[:_RECENT_MOST])
