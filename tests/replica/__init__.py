"""A small world of sites on this machine, for tests."""
