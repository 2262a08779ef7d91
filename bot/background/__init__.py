"""What runs beside the turns: the sender, the leader's tasks."""
