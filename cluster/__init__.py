"""What outgrows one machine, on this one: servers in threes, of which some are killed.

Real processes on loopback, which all end with the run. `make cluster` runs all, or those named.
"""
