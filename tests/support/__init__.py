"""What the tests of several rooms share: servers of our own, real processes, a real browser."""
