"""Computing panels elsewhere: at the workers of a cluster, which read the site's data themselves.

Owns: what of a panel's month goes back to whoever bills, what a worker is asked first and handed
then, which worker is refused.
Does not own: what is computed (domain), the cluster's connections (`processes`), processes of
this machine (`billing.month`).
Invariants: a task has neither passwords nor readings; a worker of another version, another
configuration or another database computes nothing; results come panel after panel, and are the
same bytes whoever computed them.
"""
