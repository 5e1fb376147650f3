"""Uncertainty: how far a circuit's energy may be off, cause by cause (JCGM 100).

Owns: components of a row, how far estimates are off, what is assumed of instruments, their sums.
Does not own: what readings miss (`interval`), estimates (`vee`), words of reports.
Invariants: what is common adds up linearly, all else in quadrature; nothing is left out unnamed.
"""
