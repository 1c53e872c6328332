"""Explanations that are checked: maps of what an answer rests on, one method a file, and whether to believe them."""

