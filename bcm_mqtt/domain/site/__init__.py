"""The site: services, panels, circuits, their directory, customers and people's accounts.

Owns: what is installed where, who pays for it, and every edit of it.
Does not own: files and tables that store it.
Invariants: a pole belongs to at most one circuit at a time; a directory contains all versions of
its circuits.
"""
