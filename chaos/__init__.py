"""The deterministic simulation: the real services on simulated machines, faults from a seed.

Bridge, outbox, delivery, recorder and roll-up run unchanged in one process. What they take from
outside is simulated: the clock, the network, the broker, the disk, the Modbus line. After each
run invariants are checked; a seed that fails prints the command that replays it.

Owns: the simulated world, the faults, the invariants.
Does not own: anything of the services; they know nothing of it.
Invariant: the same seed gives the same log, whatever PYTHONHASHSEED is.
"""
