"""Digests and urgent messages: counted, worded, sent to real servers, remembered."""
