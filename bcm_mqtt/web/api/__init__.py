"""The JSON API below `/api/v1` but for billing and history, and the event streams.

Owns: the shape of requests and answers.
Does not own: what a change means (domain, access), who may request it (`web.access`).
Invariants: a missing reading is null, never 0; a change is in the audit log before it is made.
"""
