"""Volumes of servers: attach, detach, swap, boot from them, give them back."""
