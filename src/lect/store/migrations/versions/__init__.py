"""The steps, in order; each states the one before it and never changes once it was released."""
