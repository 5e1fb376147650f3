"""History of circuits and customers over HTTP: the API's answers, the pages, their events.

Owns: the parameters of a request, the shape of the answers, what the pages show.
Does not own: what is read, and of whom (`history`).
Invariants: whatever is missing is null, never 0; a customer sees the circuits of the customer
alone, at the times when they were.
"""
