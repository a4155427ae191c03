"""What a portal is: addresses, dates, texts, pages, columns, documents, and the records of what was gathered.

Everything here is pure: bytes and values go in, frozen values come out, and the same input gives the same output.
Nothing in this package may import a network, a browser, a database, a clock or a random source; time, history and
seeds come in as arguments. Every word or pattern that recognises something on a page lives in `vocabulary/*.toml`,
with the page that made it necessary.
"""
