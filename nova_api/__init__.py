"""The OpenStack Compute API as one small, fast, honest service."""

__version__ = "0.1.0"
