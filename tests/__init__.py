"""Tests of Mingcha, and the sample portal it is shown and measured on (`tests.portal`)."""
