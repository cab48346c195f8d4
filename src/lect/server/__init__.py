"""The server: a supervisor, and the processes that it keeps alive, one that answers and those that work.

    lect serve
    ├── api      answers requests; does no heavy work
    └── worker   runs jobs, the heavy ones in children of its own

Either may be killed at any moment: what was acknowledged is in the database, and the supervisor starts it again. Each of them is
a module that Python runs, and imports what it needs itself: the supervisor next to nothing. Imports everything but `cli`.
"""
