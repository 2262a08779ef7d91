"""The subcommands of `guichet`, one module a family."""
