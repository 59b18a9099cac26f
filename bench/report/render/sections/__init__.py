"""The parts of the page, each from the table of one stage."""
