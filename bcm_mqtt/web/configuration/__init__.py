"""Pages and requests that change the configuration: gateways, panels, limits, customers, tariffs.

Owns: who may change which part, what of it is audited, when the bridge is asked to read again.
Does not own: what a change does to the files (`setup.changing`), what they may say (`config`).
Invariant: what is saved was previewed by the same code, and is in the audit log before.
"""
