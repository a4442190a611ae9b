"""Conditions, effects, limits and notices of the appeal flows, one module for each kind of thing."""
