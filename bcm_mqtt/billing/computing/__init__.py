"""Computing panels: here, in processes, or at workers of a cluster, which read the data themselves.

Owns: what the panels and formulas of a site come to for each customer in a time, what of it goes
back to whoever bills, what a worker is asked first and handed then, which worker is refused.
Does not own: what is computed of a panel (domain), the cluster's connections and the processes
(`processes`).
Invariants: a task has neither passwords nor readings; a worker of another version, another
configuration or another database computes nothing; results come panel after panel, and are the
same bytes whoever computed them.
"""
