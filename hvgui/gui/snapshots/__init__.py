"""A VM's snapshots: their tree with "Now", what can be done with each, and the chain of files below."""
