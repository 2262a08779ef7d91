"""Whether the desk is well: health, alerts, metrics."""
