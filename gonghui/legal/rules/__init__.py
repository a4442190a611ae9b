"""What the flows of the legal cloud name: choices, guards, effects, limits, ticks, notices."""
