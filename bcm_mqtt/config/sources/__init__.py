"""Sources: from where each pole of a panel is read, each kind with its own keys and settings.

Owns: the keys of each kind (`KINDS`), which poles a source reads, its periods and name, and the
checks between the sources of a panel and of a line.
Does not own: how they are read (modbus, bridge.sources), or what a profile says.
Invariant: at any instant a pole of a panel has one source at most, and each source of a panel a
name of its own, which stays as it is when others come and go.
"""
