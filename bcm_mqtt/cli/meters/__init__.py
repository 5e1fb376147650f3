"""The commands for the meters themselves: `read`, `scan`, `simulate` and `meters`.

Owns: their options and tables, the configuration that a scan prints.
Does not own: polling and recognition (modbus), register maps (profiles), simulated meters
(simulator).
Invariants: none needs a broker or a database; nothing is written to a meter.
"""
