"""The pages: what a template shows is prepared here, and no template calculates."""
