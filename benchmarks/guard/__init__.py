"""Whether anything has become slower: each figure as a ratio to its floor, against the last record.

Owns: the rows, their record in docs/performance.md, and what is called behind.
Does not own: how a row is measured; that is the benchmark that it names.
Invariant: ours and the floor of a ratio are measured one after the other in one run.
"""
