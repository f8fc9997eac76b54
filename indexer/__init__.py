"""From texts to a searchable index, and searching it. Knows the texts (`corpus`), nothing of the web."""
