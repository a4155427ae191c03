"""Pages as a browser shows them: one service, visits, the portal's own search, proof in pictures."""
