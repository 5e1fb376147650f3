"""The page of the API, for people.

Owns: what the page shows of the OpenAPI description, with examples made of its schemas.
Does not own: the description, which the routes give.
Invariant: nothing stands on the page that is not in the description.
"""
