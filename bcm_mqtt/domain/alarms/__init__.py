"""Alarms of a whole site for the people who look after it.

Owns: which alarms have one cause, in which order they are shown, which of them a filter leaves.
Does not own: when an alarm begins and ends, and its states (`reading.alarm`).
Invariants: nothing is hidden: every alarm is in one group, suppressed or not.
"""
