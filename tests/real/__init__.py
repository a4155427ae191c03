"""Input nobody here wrote: a WordPress site from Debian's packages, and the corpus' pages under their own names."""
