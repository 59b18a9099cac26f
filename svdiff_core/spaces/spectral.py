"""The singular values of all weights (SVDiff, eq. 2), and with a band the terms beside them."""

from dataclasses import dataclass

from torch import nn

from svdiff_core.shift.file import WHOLE
from svdiff_core.shift.subsets import SUBSETS
from svdiff_core.spectral.factors import Factors
from svdiff_core.spectral.module import SpectralModule


@dataclass(frozen=True)
class Spectral:
    """Trains δ, and where `band` is above 0 the off-diagonal terms up to that distance on each side.

    `subset` is one of the twelve of Table 1; a layer outside of it stays as it is.
    """

    band: int = 0
    subset: str = WHOLE

    def open(self, module: nn.Module, factors: Factors, _seed: int) -> SpectralModule:
        """The part in factored form."""
        return SpectralModule(module, factors, None, trainable=True, band=self.band, subset=SUBSETS[self.subset])
