"""The studio: web pages on which people who are no engineers improve recognition.

`app.create_app` puts them on the API's app. Pages are made on the server and work without scripts; scripts add what pages cannot do.
Every page asks the use cases that the REST API asks, and has no rules of its own. Imports `api` and what lies below it.
"""
