"""A Live server of our own: it listens, calls functions and speaks, with no account and no network.

`session` is the pure core, `server` its shell. `scripted` is a model for tests; `real` is one that hears and speaks.
"""
