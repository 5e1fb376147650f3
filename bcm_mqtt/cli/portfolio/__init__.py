"""What commands do with several sites: which of them, one after the other, and statements.

Owns: the options `--portfolio` and `--site`, going on where one site failed, `statement`,
`check --portfolio` and `bill recover`.
Does not own: what a portfolio is (config), what a statement has in it (domain, billing).
Invariants: without `--portfolio` a command does what it did with one configuration; a site that
fails is named in a line of its own, keeps no other from its work, and makes the exit status 1.
"""
