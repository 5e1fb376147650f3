"""Branch circuit monitors: Modbus to MQTT, SQL and monthly customer bills.

Owns: the version. Does not own: anything that is done, which the packages below do.
Invariants: the layers of docs/architecture.md, which import-linter holds.
"""

__version__ = "0.1.0"
