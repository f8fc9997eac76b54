"""Importer of official law texts: a file in, a `text: official` regulation file out. See docs/importing.md."""
