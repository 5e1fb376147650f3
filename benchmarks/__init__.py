"""How fast it is on this machine: figures to read, never tests that can fail by time."""
