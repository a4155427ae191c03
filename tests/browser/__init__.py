"""The browser service in a real Chromium: visits, the portal's own search, pictures, traffic, what is kept out."""
