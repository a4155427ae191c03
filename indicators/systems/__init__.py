"""The indicator systems that ship, one TOML file each, in their documents' own words."""
