"""Cluster validation: `all_tests` names the tests, one file a category holds each; `running` runs those chosen."""
