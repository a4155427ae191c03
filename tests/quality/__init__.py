"""How right the whole product is on the sample portal: precision and recall per check and kind, with pinned floors."""
