"""The paper's figures on the emoji base: everything retrained, measured by the judge, and rendered as a page."""
