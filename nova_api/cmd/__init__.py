"""The programs, one module each; `bin/` holds the scripts that start them."""
