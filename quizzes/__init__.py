"""Questions, the papers drawn from them, and how they are marked. Pure: knows nothing of the web, the texts or rows."""
