"""The ways a message leaves: mail, group robots, a folder. Each sends one message, or says in one sentence why not.

`sending` puts limits, further tries and memory around them. Nothing here knows what a message is about, and nothing
here is told more than its text.
"""
