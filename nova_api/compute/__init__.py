"""The compute domain: what servers are and what may be done to them.  Knows no HTTP and no microversions."""
