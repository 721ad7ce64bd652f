"""Virtual hard disks as files, by Microsoft's "Virtual Hard Disk Image Format Specification" 1.0 (2006).

`layout` holds the structures, `image` reads (with its parents), `writing` makes new files, `edits` converts, compacts,
expands, merges and reconnects, `checking` names what is wrong with a file. Everything is streamed; holes stay holes.
"""
