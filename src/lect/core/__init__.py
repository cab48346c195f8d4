"""Platform words that every part shares: errors, locales, files.

Entry points: `errors` (what Lect raises and why), `locale` (BCP-47 tags), `files` (atomic writes, locks, hashes).
Imports the standard library alone.
"""
