"""Events of the lab: what happened, when, to which object."""
