"""Probes of hosts: what this machine can see, DNS and families, availability."""
