"""Where others are on the network: hosts, databases and archives, and the other bridge of a pair.

Owns: what a host, a URL and HOST:PORT look like, and `bridge.peer`.
Does not own: gateways and serial ports, the page's own address.
Invariant: a password in a URL is never printed.
"""
