"""
Disclosure control: which figures of a release are shown, so that nobody is found in them.

Pure functions on figures; nothing here knows where they were counted or who reads them. Method,
parameters and limits: docs/privacy/disclosure.md.
"""
