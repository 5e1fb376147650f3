"""The database of the store's tests."""

from unit.store.conftest import store, url

__all__ = ["store", "url"]
