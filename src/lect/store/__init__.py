"""Rows and blobs: the only home of SQL and of object storage.

`Database` opens SQLite or Postgres by a URL and gives units of work; a module for each noun reads and writes its rows;
`blobs` keeps bytes by their SHA-256, in a folder or in object storage. Imports `core`, `settings` and `telemetry` alone.
"""
