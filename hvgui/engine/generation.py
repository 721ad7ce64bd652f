"""Which engine this is, for labs: another one gives the same journal another course."""

GENERATION = 1
"""Raised, once between two releases, as soon as anything makes the same world go another way: a formula, the order of a
procedure, a check that accepts or refuses what it did not. 0 is every engine of before there was this number. What
another generation has lived is shown from the states that it kept, and never reckoned again."""
