"""Prices by interval as bills use them.

Owns: where a series has its prices from, and which issued bills rest on some of them.
Does not own: files and tables of prices, and what energy costs by them (`domain.rating`).
Invariant: a series has its prices from one place, a file of the configuration or the store.
"""
