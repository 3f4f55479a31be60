"""This service beside the real ones, as an operator sets them up."""
