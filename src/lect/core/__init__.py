"""Platform words that every part shares: errors, locales, files.

Entry points: `errors` (what Lect raises and why), `locale` (BCP-47 tags), `files` (atomic writes, locks, hashes),
`progress` (how a long task tells how far it is), `closing` (what holds something open), `locks` (work done once by name).
Imports the standard library alone.
"""
