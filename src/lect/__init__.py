"""Lect: custom speech recognition you own."""

__version__ = "0.1.0"
