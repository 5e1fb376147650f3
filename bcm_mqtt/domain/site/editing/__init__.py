"""Edits of a panel's directory, and how two directories differ.

Owns: what an edit asks for and what becomes of the rows, and what is said of a difference.
Does not own: the directory itself, and the file that people edit (config).
Invariants: an edit that is refused changes nothing; rows that it does not name stay as they were.
"""
