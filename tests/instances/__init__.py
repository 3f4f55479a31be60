"""Brokers and databases of a test of its own, on free ports with own folders: to be stopped and killed."""
