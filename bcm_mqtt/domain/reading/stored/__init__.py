"""Which snapshots are stored, and which are lost.

Owns: the name of a snapshot (panel, source, time), ranges of names, lost spans.
Does not own: who stores them, or who says so to whom.
Invariant: a range names only what is in it: nothing that was published lies between its members.
"""

from bcm_mqtt.domain.reading.stored.ranges import LostSpan, Name, Range, Series, ranges_of

__all__ = ["LostSpan", "Name", "Range", "Series", "ranges_of"]
