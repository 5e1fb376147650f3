"""Setting up: what answers on gateways and serial ports, as a first configuration of a site.

Owns: the scan of several places, the panels that its units make, the texts of the first bcm.yaml
and circuits.csv, the one-time token of whoever sets up without being there.
Does not own: what a unit looks like (`modbus.recognition`), what a configuration may say
(`config`), files of panel schedules (`exchange`).
Invariants: only addresses that are given get requests; a file that exists is never written to;
what is written was loaded before, and is there whole or not at all.
"""
