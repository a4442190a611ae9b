"""Guards, effects, ticks and choices of the craftsmen's flows."""
