"""Formulas, each with its source: sharing of links and processors, dirtying, pre-copy, guests, probes."""
