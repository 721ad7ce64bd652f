"""Why the session refuses something before the cluster is asked."""

from __future__ import annotations

from hvgui.requests.problems import Problem, warning

READ_ONLY = Problem("read-only", "This lab is open for reading only.", "Save it under another name to go on from here.")
STOPPED = Problem(
    "engine-crash", "The engine has stopped after an error of its own.", "Open the lab again: it is as last kept."
)
NOT_KEPT = warning("not-kept", "It is done, but not kept in any file.", "Save the lab under another name.")
IN_THE_PAST = Problem(
    "in-the-past",
    "The past is shown, which can be looked at but not changed.",
    "Return to the present, or go on from here on a branch of its own.",
)
NOT_IN_THE_PAST = Problem(
    "not-in-the-past", "The present is shown; it goes on by itself.", "Look at a moment of the past first."
)
NOTHING_KEPT = Problem(
    "nothing-kept", "Nothing of this lab's past is kept.", "Save the lab in a file; what comes after that is kept."
)
NOTHING_TO_UNDO = Problem("nothing-to-undo", "There is nothing to undo: nothing has been asked before this moment.")
NOTHING_TO_REDO = Problem("nothing-to-redo", "There is nothing to redo: nothing is undone.")
OLDER_ENGINE = Problem(
    "older-engine",
    "That was done with another version of hvgui, whose engine reckoned otherwise: only the states that it kept can be "
    "shown.",
    "Look at that moment on the timeline, and go on from the kept state on a branch of its own.",
)
BRANCH_IN_USE = Problem(
    "branch-in-use", "The branch that is lived or looked at can't be deleted.", "Switch to another branch first."
)
HAS_BRANCHES = Problem(
    "has-branches", "Other branches have left this one and share its past.", "Delete those branches first."
)
TOO_DEEP = Problem(
    "too-many-branches", "Branches have left branches more often than a lab can hold.", "Go on from an older branch."
)
CANCELLED = Problem("cancelled", "It was cancelled; everything is as it was.")
NO_NAME = Problem("no-name", "A branch needs a name.", "Give it at least one letter.")
NAME_TAKEN = Problem("name-taken", "Another branch has this name.", "Choose another name.")


def no_such_branch(branch: int) -> Problem:
    """There is no such branch."""
    return Problem("no-such-branch", f"There is no branch {branch} in this lab.", "Choose one of the timeline's.")


def unreachable(error: Exception) -> Problem:
    """A journey that failed, with its reason."""
    return Problem("past-unreachable", str(error), "The lab stays at the moment where it was.")
