"""The errors that the lab shows to people: each is one sentence, naming the file and what is wrong with it."""

from __future__ import annotations


class LabError(Exception):
    """Something about a lab or its file that a person can act on."""


class DamagedLabError(LabError):
    """The file is a lab of ours whose contents make no sense: what can be read of it may be recovered."""


class NewerLabError(LabError):
    """A newer hvgui wrote the file."""


class ForeignFileError(LabError):
    """The file is no lab: of another program, or laid out in another way."""


class JourneyCancelledError(LabError):
    """Somebody called a journey into the past off."""
