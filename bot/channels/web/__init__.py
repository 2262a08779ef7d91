"""The conversation in a browser: pages that work without script, and are livelier with it."""
