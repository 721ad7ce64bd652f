"""Balancing: a cluster's score, the moves that better it, their order, and what each of them takes."""
