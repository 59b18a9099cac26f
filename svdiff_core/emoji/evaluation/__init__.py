"""What a base of the emoji world can do, measured by the judge: `svdiff evaluate base`."""
