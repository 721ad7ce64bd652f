"""The validation wizard: which tests, on which disks, how far they are, what came of them."""
