"""Answering a future that whoever asked may have given up meanwhile."""

from __future__ import annotations

import logging
from concurrent.futures import Future, InvalidStateError
from typing import TypeVar

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


def resolved(answer: Future[_T], value: _T) -> None:
    """Answers, unless whoever asked no longer wants to know."""
    try:
        answer.set_result(value)
    except InvalidStateError:
        _log.debug("an answer came too late")


def failed(answer: Future[_T], error: Exception) -> None:
    """Says why there is no answer, unless whoever asked no longer wants to know."""
    try:
        answer.set_exception(error)
    except InvalidStateError:
        _log.debug("an answer came too late")
