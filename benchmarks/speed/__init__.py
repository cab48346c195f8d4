"""How fast: CPU seconds and memory."""
