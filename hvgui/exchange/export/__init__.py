"""A VM as a real folder: its configuration, its virtual hard disks, its snapshots, its saved memory.

`configuration` writes the XML, `content` says what stands on a disk, `plan` what will be written and how large it gets,
`writing` does it: under another name first, so that what breaks off leaves nothing behind.
"""
