"""Who works trials out: nobody beside this process, processes of this machine, or the workers of a Dask scheduler."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from typing import Any, cast

from hvgui.lab.errors import LabError

SCHEDULER_SECONDS = 10.0
"""So long a scheduler has to answer."""


@contextmanager
def workers(wanted: int | None = None, scheduler: str = "") -> Iterator[Executor | None]:
    """An executor for a study; None: inline. `wanted`: processes, by default one a processor.

    Raises LabError with a sentence where the scheduler can't be used.
    """
    if scheduler:
        with _dask(scheduler) as executor:
            yield executor
    elif wanted == 0 or (wanted is None and (os.cpu_count() or 1) == 1):
        yield None
    else:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(wanted or os.cpu_count(), mp_context=context, initializer=_settle_in)
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _settle_in() -> None:
    """In a worker: Ctrl+C is for who has asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _dask(scheduler: str) -> Iterator[Executor]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise LabError("A scheduler needs Dask: install hvgui with its extra, hvgui[dask].") from None
    try:
        client = distributed.Client(scheduler, timeout=SCHEDULER_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise LabError(f"No scheduler of Dask answers at {scheduler}: {error}.") from None
    try:
        yield cast(Executor, client.get_executor(pure=False, retries=1))
    finally:
        client.close()
