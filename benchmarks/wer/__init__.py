"""How wrong: word error rates."""
