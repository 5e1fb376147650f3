"""The first configuration: questions, options, and the files that they make.

Owns: `init`, what it asks, and the text of a first bcm.yaml.
Does not own: what a scan finds (`cli.meters.scan`), what a configuration may say (`config`).
Invariants: a file that exists is never written; what is written is what `check` accepts.
"""
