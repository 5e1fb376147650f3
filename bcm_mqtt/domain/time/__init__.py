"""Time: instants, months of a site and local time.

Owns: aware UTC instants, the local month, dates and times as people write them.
Does not own: clocks; a present comes in as an argument.
Invariants: every instant is aware; a month runs from local midnight to local midnight in the
site's zone.
"""
