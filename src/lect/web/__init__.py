"""What leaves the server over HTTP: files it is told to fetch, containers, web hooks.

Entry points:
    `fetching.Fetcher`              fetches a file, or sends a request, to an address that a client gave
    `containers.list_container`     the blobs of a container, such as those of Azure and of what speaks its protocol
    `containers.put_blob`           writes one

Every connection begins in `network`, which asks `addresses` whether it may. May import `lect.store`, `lect.jobs`,
`lect.telemetry`, `lect.settings` and `lect.core`.
"""
