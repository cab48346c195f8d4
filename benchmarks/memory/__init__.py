"""How much memory models take."""
