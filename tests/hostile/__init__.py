"""Portals out of order or out to harm: every attack in an audit, beside the same audit in peace."""
