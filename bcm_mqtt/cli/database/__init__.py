"""The command `db`, which looks after the database.

Owns: its options, tables and progress bars.
Does not own: SQL and the schema (store), which rows are old enough to be removed (recorder), the
files of exports and imports (exchange).
Invariants: `--dry-run` removes and imports nothing; what is stored is never replaced by an import.
"""
