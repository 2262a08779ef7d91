"""What the desk bears: each row of docs/performance.md has a module here, and `__main__` runs all.

Everything runs against 127.0.0.1: a stand-in for the Bot API in this process, the desk in another.
"""
