"""Wizards: step after step, with what has been decided at the left and why it does not go on at the bottom."""
