"""The first configuration: questions, options, and the files that they make.

Owns: `init` and what it asks.
Does not own: what a scan makes of units, and what is written (`bcm_mqtt.setup`).
Invariants: a file that exists is never written; what is written is what `check` accepts.
"""
