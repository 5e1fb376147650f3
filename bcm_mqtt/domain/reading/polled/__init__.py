"""Polls as they come: what one gave, the health of what it came by, and several put together.

Owns: a poll, the health of a line and its units, a panel's newest readings of all its sources.
Does not own: how anything is read (modbus), or when (bridge).
Invariants: what a poll does not read stays as another has read it; what it could not read is None.
"""
