"""The front door: the command line, the audit pipeline, and the commands that compose the other rooms.

Only this package may import all the others. Heavy imports (Scrapy, Playwright, SQLAlchemy) happen inside the commands
that need them, so that help is quick. It holds no rule about portals, pages or verdicts.
"""

__version__ = "0.1.0"
