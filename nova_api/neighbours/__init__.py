"""The services that a compute service leans on, as interfaces with an embedded implementation each."""
