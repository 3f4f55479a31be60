"""The HTTP side: declarations, router, resources, controllers."""
