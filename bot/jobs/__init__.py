"""Jobs: what goes on beside the conversation, whatever the channel."""
