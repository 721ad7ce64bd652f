"""Tests that each leave or say something, and neat twins beside them.

Run by test_strictness.py in a process of its own.
"""

from __future__ import annotations

import concurrent.futures
import gc
import logging
import multiprocessing
import os
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest

KEPT: list[object] = []


@pytest.fixture(scope="module")
def shared_thread():
    """A thread that may outlive the tests that share it."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, name="shared")
    thread.start()
    yield thread
    stop.set()
    thread.join()


def test_neat_thread():
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()


def test_neat_shared_thread(shared_thread):
    assert shared_thread.is_alive()


def test_neat_thread_about_to_end():
    threading.Thread(target=lambda: sum(range(100_000))).start()


def test_neat_expected_log(expect_log):
    with expect_log("disk .* is full") as heard:
        logging.getLogger("hvgui").warning("disk %s is full", 3)
    assert heard == ["disk 3 is full"]


def test_neat_allowed_log(expect_log):
    with expect_log("disk", at_least=0):
        pass


def test_neat_child():
    subprocess.run([sys.executable, "-c", "pass"], check=True)


def test_neat_pool():
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert pool.submit(int, "3").result() == 3


def test_neat_settings_written_here():
    Path(os.environ["XDG_CONFIG_HOME"], "left.ini").write_text("left")


def test_neat_settings_are_gone_here():
    assert not list(Path(os.environ["XDG_CONFIG_HOME"]).iterdir())


def test_neat_without_qt():
    assert "PySide6.QtCore" not in sys.modules


def test_neat_collector_is_on():
    assert gc.isenabled()


def test_careless_thread():
    threading.Thread(target=threading.Event().wait, name="engine left running", daemon=True).start()


def test_careless_pool():
    pool = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="crew")
    pool.submit(int, "3").result()
    KEPT.append(pool)


def test_careless_child():
    KEPT.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))


def test_careless_process():
    process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,), name="forecast")
    process.start()
    KEPT.append(process)


def test_careless_log():
    logging.getLogger("hvgui.engine").warning("disk %s is full", 3)


def test_careless_other_log(expect_log):
    with expect_log("disk 4", at_least=0):
        logging.getLogger("hvgui.engine").error("disk 3 is full")


def test_careless_log_that_never_came(expect_log):
    with expect_log("disk is full"):
        pass


def test_careless_warning():
    warnings.warn("an old way", DeprecationWarning, stacklevel=1)


def test_careless_exception_in_thread():
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
