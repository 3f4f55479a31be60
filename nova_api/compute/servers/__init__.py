"""The domain of servers: checks, quotas, one transaction, then a cast.  Knows no HTTP and no versions."""
