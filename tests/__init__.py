"""The tests; `make test` runs them, `docs/testing.md` says how they are laid out."""
