"""The filters of the pipelines in etc/api-paste.ini, one a file."""
