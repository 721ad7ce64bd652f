"""VMs that come from outside: hvgui's own exports, Hyper-V's of 2008 to 2012 R2, lone configurations, OVF files.

`looking` reads a folder or a file and tells what is in it and what is wrong with it (`found`); nothing is written by
that. `plan` turns what was found, and what a person chose, into the request that brings it into a cluster; `series`
does so many times over.

Everything here comes from strangers: files are refused by size before they are read (`documents`), no path leads out of
the folder (`places`), no figure is believed that no VM can have (`bounds`). Of a foreign disk, hvgui takes the size,
the kind and the chain; what its guest wrote is not carried: a simulated disk holds marks, a foreign one that of its id.
"""
