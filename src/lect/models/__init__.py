"""Base models and bundles: what recognition starts from, and what training gives.

Entry points:
    catalogue.BASE_MODELS, catalogue.get    the base models known by name
    resolver.resolve, resolver.verify       a name, folder or hub id -> a folder of verified weights
    bundles.write, bundles.open_bundle      a custom model as one file of data

May import: datasets, engines, adaptation, speech, settings, core.
"""
