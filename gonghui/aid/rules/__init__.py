"""Guards, effects and choices of the flows of hardship, campaigns, children's care and rest cures."""
