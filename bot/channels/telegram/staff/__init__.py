"""The groups of the advisors on Telegram: one topic a ticket."""
