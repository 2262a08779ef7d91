"""The search of the knowledge base, from a typed question to ranked articles and a verdict."""
