"""Messages to units and the office: digests, what cannot wait, the channels they go through."""
