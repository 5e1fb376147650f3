"""The commands `bill`, `explain` and `vee`.

Owns: their options, tables, JSON and progress bars.
Does not own: what a bill comes to, which bills may be issued, how a figure came about, the files
of reports, who gets which letter (billing).
Invariants: nothing is issued, mailed or withdrawn but by an option or a command that says so; an
issued bill is shown as it was issued.
"""
