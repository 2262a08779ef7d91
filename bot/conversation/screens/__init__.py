"""Screens: what the person sees in each state."""
