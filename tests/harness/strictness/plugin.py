"""The hooks: what is watched when, and when Qt comes in."""

from __future__ import annotations

import gc
import logging
import sys
import threading
import types
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from strictness.expectations import log_ear, qt_ear
from strictness.isolation import PrivateHome, use_house_profile_for_hypothesis
from strictness.threads import ThreadWatch

if TYPE_CHECKING:
    from strictness.windows import QtWatch

_ROOMS_WITH_QT = {"gui", "stories"}
_FIXTURES_WITH_QT = {"qtbot", "qapp", "qtmodeltester", "expect_qt_message"}


@dataclass
class Watch:
    """All that is watched in one pytest session."""

    home: PrivateHome = field(default_factory=PrivateHome)
    threads: ThreadWatch = field(default_factory=ThreadWatch)
    qt: QtWatch | None = None
    pytest_qt: types.ModuleType | None = None
    _hooks: tuple[Any, Any] = (sys.excepthook, threading.excepthook)
    _collecting: bool = True
    _garbage_of_qt: bool = False

    def bring_qt_in(self, config: pytest.Config) -> None:
        """Load pytest-qt (put aside at the start) and watch Qt; the second call does nothing."""
        if self.qt is not None:
            return
        from strictness.windows import QtWatch  # noqa: PLC0415  imports Qt

        self.qt = QtWatch()
        if self.pytest_qt is not None:
            config.pluginmanager.register(_without_options(self.pytest_qt), "pytest-qt")

    def begin(self, *, with_qt: bool) -> None:
        """A test starts; `with_qt` if it draws windows."""
        self.threads.accept_present()
        self._hooks = (sys.excepthook, threading.excepthook)
        logging.getLogger().addHandler(log_ear)
        self._collecting = gc.isenabled()
        if self.qt is None:
            return
        self.qt.begin()
        # A collection on a worker thread would destroy widgets there: none while windows are drawn, and
        # none of their garbage is left for the threads of the tests that follow.
        if with_qt:
            gc.disable()
        elif self._garbage_of_qt:
            gc.collect()
        self._garbage_of_qt = with_qt

    def said(self) -> list[str]:
        """What was said and not expected, so far."""
        return log_ear.ear.complaints() + qt_ear.complaints()

    def end(self) -> list[str]:
        """A test and its fixtures have ended: what is left?"""
        told = self.qt.complaints() if self.qt is not None else []
        told += self.threads.complaints() + self.said()
        sys.excepthook, threading.excepthook = self._hooks
        logging.getLogger().removeHandler(log_ear)
        if self._collecting:
            gc.enable()
        self.home.empty()
        return told

    def close(self) -> None:
        """The session has ended."""
        if self.qt is not None:
            self.qt.close()
        self.threads.close()
        self.home.remove()


def _without_options(plugin: types.ModuleType) -> types.ModuleType:
    """The same plugin, but for its command-line options: those were read when pytest started."""
    rest = types.ModuleType(plugin.__name__, plugin.__doc__)
    vars(rest).update({name: value for name, value in vars(plugin).items() if name != "pytest_addoption"})
    return rest


_WATCH = pytest.StashKey[Watch]()


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Put pytest-qt aside before it is configured, because that imports Qt."""
    config.stash[_WATCH] = Watch()
    plugin = config.pluginmanager.get_plugin("pytest-qt")
    if plugin is not None:
        config.pluginmanager.unregister(plugin)
        config.option.qt_log = False  # strictness.windows hears Qt from the first fixture to the last
        config.stash[_WATCH].pytest_qt = plugin


def pytest_configure(config: pytest.Config) -> None:
    """Property tests follow the house's profile."""
    if _WATCH not in config.stash:  # a worker process of pytest-xdist has no command line
        pytest_cmdline_main(config)
    use_house_profile_for_hypothesis()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the process as it was found."""
    config.stash[_WATCH].close()


def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, obj: object) -> None:
    """The first test that needs Qt brings it in."""
    watch = collector.config.stash[_WATCH]
    if watch.qt is None and (_in_room_with_qt(collector) or _asks_for_qt(obj)):
        watch.bring_qt_in(collector.config)


def _in_room_with_qt(node: pytest.Collector | pytest.Item) -> bool:
    root = node.config.rootpath
    rooms = node.path.relative_to(root) if node.path.is_relative_to(root) else node.path
    return not _ROOMS_WITH_QT.isdisjoint(rooms.parts)


def _asks_for_qt(obj: object) -> bool:
    code = getattr(obj, "__code__", None)
    return code is not None and not _FIXTURES_WITH_QT.isdisjoint(code.co_varnames[: code.co_argcount])


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, Any, Any]:
    """What a fixture of wider scope starts may live longer than the test that first asked for it."""
    result = yield
    if fixturedef.scope != "function":
        request.config.stash[_WATCH].threads.accept_present()
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    """Start watching before the first fixture."""
    with_qt = _in_room_with_qt(item) or not _FIXTURES_WITH_QT.isdisjoint(getattr(item, "fixturenames", ()))
    item.config.stash[_WATCH].begin(with_qt=with_qt)
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Words nobody expected fail the test itself; one that failed already gets them as a note."""
    try:
        result = yield
    except BaseException as error:
        for line in item.config.stash[_WATCH].said():
            error.add_note(line)
        raise
    _fail_on(item.config.stash[_WATCH].said())
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """After the last fixture: nothing may be left."""
    try:
        result = yield
    except BaseException as error:
        for line in item.config.stash[_WATCH].end():
            error.add_note(line)
        raise
    _fail_on(item.config.stash[_WATCH].end())
    return result


def _fail_on(complaints: list[str]) -> None:
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)
