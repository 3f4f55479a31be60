"""Compares the service with facts about the reference: see README.md beside this file."""
