"""Energy in parts of quarter hours: the billed quarter hours, shaped by what polls measured.

Owns: how a circuit's billed quarter hour is spread over its minutes.
Does not own: how much a quarter hour has (`vee`), and windows over it (`rating.demand`).
Invariant: the parts of a quarter hour add up to it, whatever the polls say.
"""
