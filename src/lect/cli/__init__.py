"""The command line: one module a command, each a thin layer over the library.

Entry point: `main.run`. A command imports what it needs when it runs, so that `lect --help` is quick. May import everything.
"""
