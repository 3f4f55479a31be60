"""Actions of servers, one family a file."""
