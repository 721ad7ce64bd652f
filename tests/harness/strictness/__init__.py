"""A pytest plugin that fails every test which leaves something behind or says something nobody expected.

What counts: log records at WARNING or above, Qt messages at warning or above, and at the test's end
threads, QThreads, thread-pool work, active timers, child processes and top-level windows that still
live. The complaint names the thing and the line of ours that started it. (Python warnings and
exceptions in threads are made fatal by pytest itself, exceptions in slots by pytest-qt.)

Qt is left alone until a test needs it: the engine's tests run, quickly, on a machine without it.
"""

from __future__ import annotations

from strictness.expectations import expect_log, expect_qt_message
from strictness.plugin import (
    pytest_cmdline_main,
    pytest_configure,
    pytest_fixture_setup,
    pytest_pycollect_makeitem,
    pytest_runtest_call,
    pytest_runtest_setup,
    pytest_runtest_teardown,
    pytest_unconfigure,
)

__all__ = [
    "expect_log",
    "expect_qt_message",
    "pytest_cmdline_main",
    "pytest_configure",
    "pytest_fixture_setup",
    "pytest_pycollect_makeitem",
    "pytest_runtest_call",
    "pytest_runtest_setup",
    "pytest_runtest_teardown",
    "pytest_unconfigure",
]
