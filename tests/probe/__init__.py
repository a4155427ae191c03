"""Tests of availability: probing, its schedule, what is kept and what is judged."""
