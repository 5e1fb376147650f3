"""The books: issued bills, signed entries about intervals, releases of bills, mails.

Owns: what people have signed for, numbered and chained by hashes.
Does not own: what a bill says (domain, billing), how it is mailed (billing).
Invariants: rows are added and never changed; while bills are issued no other process issues any.

The books of several sites may be in one home database. Every bill is of a site, which customers'
ids belong to, and of a seller, which numbers and the chain belong to: "" and "" in the database of
one site. There are bills with their lines and determinants, releases, mails, files that were handed
out and time stamps; and accounts, tokens, sessions and the audit log, whose entries name the site.
A site's own database has its readings, intervals and directories, and the entries about intervals
(`interval_edit`), as a site estimates and corrects whether or not its home database is there. The
invoices of its suppliers are there, too (`supplier_invoice`).
"""
