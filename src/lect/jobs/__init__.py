"""Durable jobs: work that survives the death of whoever does it. Knows no speech.

Entry points:
    `queue.add`, `cancel`, `get`      in the caller's own unit of work: a resource and its job are stored together or not at all
    `contract.JobKind`, `Step`        what a job does, step by step, and how it is run
    `worker.Worker`                   runs jobs; any number of workers, on one machine or several, share a database
    `watching.Watch`                  a job's changes as they come, for many who watch
    `children.Child`                  a function in a process of its own
    `recurring.Recurring`             what is done once an hour, by one worker of all; `upkeep` is made of such

May import `lect.store`, `lect.telemetry`, `lect.settings` and `lect.core`.
"""
