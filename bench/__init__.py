"""How fast, measured here and now: `make bench`. docs/performance.md says what the figures mean."""
