"""The gate over the corpus of real pages: measured shares per metric against pinned floors."""
