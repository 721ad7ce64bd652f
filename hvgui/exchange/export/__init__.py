"""A VM as a real folder: its configuration, its virtual hard disks, its snapshots, its saved memory.

`configuration` writes the XML and `kept_machine` hvgui's own part of it, `content` says what stands on a disk, `plan`
what will be written and how large it gets, `writing` does it: into a `draft`, under another name, so that what breaks
off leaves nothing behind. Every byte follows from the VM and its lab, so an export is the same wherever
it is made.
"""
