"""The command `demo`: a whole site with simulated meters, in a folder of its own.

Owns: the configuration files of that site, its history, its broker, the table in the terminal.
Does not own: the meters (simulator), nor the services, which are those of every other site.
Invariants: it listens on this machine alone; all files that it writes are in its folder.
"""
