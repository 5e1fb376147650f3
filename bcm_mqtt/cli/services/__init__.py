"""The services as commands: `bridge`, `recorder`, `run`, `billing` and `web`.

Owns: their processes: signals, the log, systemd, supervision.
Does not own: what a service does (bridge, recorder, billing, web).
Invariants: each runs until a signal ends it; a supervised one also ends with its supervisor, and
is started again when it ends before.
"""
