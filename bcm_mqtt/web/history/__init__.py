"""History of circuits and customers over HTTP: the API's answers, the pages, their events.

Owns: what a request may ask for, the shape of the answers, what the pages show. Does not own:
what is read, and of whom (`history`).
"""
