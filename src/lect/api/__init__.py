"""The HTTP door: translates requests into what the features do and back, and adds nothing of its own.

`app.create_app` puts it together. A module for each noun holds its routes, for all versions of the API; `schemas` holds what
goes over the wire in each. Imports everything but `cli` and `studio`.
"""
