"""What goes over the wire, in the words of the Speech to Text REST API; one module for each version.

`shared` is the same in all versions; `v3` is v3.1 and v3.2, `v2024` is 2024-11-15. The same class is sent and received:
fields that are read-only are ignored in requests, as the API says.
"""
