"""What whoever maintains the content uses: check, measure, add."""
