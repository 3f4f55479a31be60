"""How fast, measured here and now: `make bench`."""
