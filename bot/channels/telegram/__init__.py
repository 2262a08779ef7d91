"""The Telegram channel: updates become events, replies become messages.

`intake` hears, in one transaction a batch; `delivery` says, out of the outbox; `run` holds both.
"""
