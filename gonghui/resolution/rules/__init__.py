"""What the flow of the letters names: choices, guards, effects, limits, ticks, notices."""
