"""Nights in a row over portals that change between them: what is expected of every finding, and what became of it.

python -m tests.nights.three [--portals 40] [--platforms 10]     three nights, with the clock a day on for each
python -m tests.nights.killed [--kills 10] [--seed N]            a night killed at random, and an undisturbed one
"""
