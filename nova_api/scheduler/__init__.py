"""The scheduler: picks a host for a new server and claims what it needs there."""
