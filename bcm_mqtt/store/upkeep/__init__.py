"""Looking after a database: figures, coverage, removal, backup, and records for exports.

Owns: what is needed to keep a database in order, in steps for which others wait only shortly.
Does not own: what may go by its age (domain), files of exports (exchange).
Invariants: snapshots go only once what is computed of them is there, and their last register
readings stay; records are read at one moment; what is stored stays as it is on import.
"""
