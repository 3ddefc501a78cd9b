"""The least that can be hidden: which cells, or a bound that no choice goes below.

Of the cells that may be hidden besides, each is a choice of yes or no. A choice does for a small number if the number
can be raised by the protection while hidden cells alone are changed; if it cannot, the prices of that linear program
say why, and give a cut: a sum over cells that every choice that does must come to. What loses least under the cuts so
far is looked for by a mixed integer program, which begins as a linear one. (Fischetti and Salazar, Management Science
2001.) How long it looks is bounded by counts of programs and of nodes, never by the clock, so that the same numbers
are always hidden in the same way.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from screening.trends.blocks import Block, Mask, State
from screening.trends.changes import LEAST, Changes, Floats, Reach, new_model

#: So many small linear programs are solved for one block at the most, and so many nodes looked into.
MOST_PROGRAMS, MOST_NODES = 4_000, 400
#: Beginning to look into nodes counts as so many.
_BEGINNING = 50
_CUTS_AT_A_TIME = 12
Repair = Callable[[Mask], Mask]


@dataclass(frozen=True)
class Optimum:
    """What is hidden, and how much less it could be.

    Parameters
    ----------
    hidden : bool array, shape (cells,)
    loss : float
        What is lost by those of its cells that could be shown.
    bound : float
        Whatever protects loses at least so much.
    """

    hidden: Mask
    loss: float
    bound: float

    @property
    def is_exact(self) -> bool:
        """Whether nothing better is possible."""
        return _is_reached(self.loss, self.bound)

    @property
    def excess(self) -> float:
        """By what share more is lost than must be, at the most."""
        return 0.0 if self.is_exact else self.loss / self.bound - 1.0 if self.bound > 0 else inf


def _is_reached(loss: float, bound: float) -> bool:
    return loss <= bound + LEAST * max(1.0, loss)


class Search:
    """Looks for the least that can be hidden in one block.

    Parameters
    ----------
    forced : bool array, shape (cells,)
        Cells that are hidden whatever is chosen.
    secrets : sequence of int
        The small cells that are not protected by those alone.
    protection : int
        By how much each must be able to be larger.
    repair : callable
        Hides more, until what is hidden protects.
    """

    def __init__(self, block: Block, forced: Mask, secrets: Sequence[int], protection: int, repair: Repair) -> None:
        self._forced, self._secrets, self._protection, self._repair = forced, list(secrets), protection, repair
        self._loss_of = block.loss
        self._room = np.minimum(block.room, block.values).astype(np.float64)
        self._optional = np.flatnonzero((block.states == State.OPEN) & ~forced)
        self._changes = Changes(block, forced, protection)
        self._programs = 0
        self._least = float(block.loss[self._optional].min()) if len(self._optional) else 1.0
        size = len(self._optional)
        self._choice = new_model()
        self._choice.addVars(size, np.zeros(size), np.ones(size))
        self._choice.changeColsCost(size, self._columns(), block.loss[self._optional] / self._least)

    def _columns(self) -> Floats:
        return np.arange(len(self._optional), dtype=np.int32)

    def improve(self, start: Mask) -> Optimum:
        """Begin with what protects, and end with the best that was found."""
        best, bound = start, 0.0
        while not _is_reached(self._loss(best), bound) and self._programs < MOST_PROGRAMS:
            # as if a cell could be hidden in part
            share, bound, _ = self._choose()
            if not self._cut(share, _CUTS_AT_A_TIME):
                best, bound = self._in_whole_cells(best, share, bound)
                break
        if not _is_reached(self._loss(best), bound):
            best = self._tidied(best)
        return Optimum(best, self._loss(best), bound)

    def _in_whole_cells(self, best: Mask, share: Floats, bound: float) -> tuple[Mask, float]:
        from highspy import HighsVarType

        integer = np.full(len(share), HighsVarType.kInteger)
        self._choice.changeColsIntegrality(len(integer), self._columns(), integer)
        for option, value in (("presolve", "on"), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.0)):
            self._choice.setOptionValue(option, value)
        left = MOST_NODES
        while len(share):
            chosen, whole = self._forced.copy(), np.round(share)
            chosen[self._optional] = whole > 0
            if np.abs(share - whole).max() > LEAST or self._cut(whole, len(self._secrets)):
                chosen = self._repair(chosen)
            if self._loss(chosen) < self._loss(best):
                best = chosen
            if left <= 0 or _is_reached(self._loss(best), bound) or self._programs >= MOST_PROGRAMS:
                break
            self._choice.setOptionValue("mip_max_nodes", left)
            share, least, nodes = self._choose()  # no choice, if none was found within so many nodes
            left -= _BEGINNING + nodes
            bound = max(bound, least)
        return best, bound

    def _loss(self, hidden: Mask) -> float:
        return float(self._loss_of[self._optional[hidden[self._optional]]].sum())

    def _choose(self) -> tuple[Floats, float, int]:
        """What loses least under the cuts so far, a bound for it, and how many nodes it took."""
        self._choice.run()
        info = self._choice.getInfo()
        share = np.array(self._choice.getSolution().col_value)
        if info.mip_node_count < 0:  # a linear program
            return share, info.objective_function_value * self._least, 0
        is_found = np.isfinite(info.objective_function_value)
        return share if is_found else share[:0], info.mip_dual_bound * self._least, int(info.mip_node_count)

    def _cut(self, share: Floats, most: int) -> bool:
        """Add what a choice fails to come to, for secrets that it does not protect; tell whether there were any."""
        whole = np.zeros(len(self._forced))
        whole[self._optional] = share
        self._changes.free(whole)
        left, failed = list(self._secrets), list[int]()
        while left and len(failed) < most:
            reach = self._raise(left[0])
            if self._falls_short(reach.most):
                self._add_cut(reach.prices)
                failed.append(left[0])
            left = self._not_raised(left, reach)
        # who was not protected by this choice is asked about first of the next
        self._secrets = [*failed, *(secret for secret in self._secrets if secret not in failed)]
        return bool(failed)

    def _raise(self, secret: int) -> Reach:
        self._programs += 1
        return self._changes.raise_one(secret)

    def _not_raised(self, secrets: list[int], reach: Reach) -> list[int]:
        """Those after the first that the same change does not raise as well."""
        return [secret for secret in secrets[1:] if self._falls_short(float(reach.change[secret]))]

    def _falls_short(self, raised: float) -> bool:
        return raised < self._protection - LEAST

    def _add_cut(self, prices: Floats) -> None:
        # What is added to a cell has no end, so that one with a price on it is enough; what is taken away has.
        taken = np.clip(-prices, 0.0, None) * self._room
        needed = self._protection - float(taken[self._forced].sum())
        worth = np.where(prices > LEAST, needed, np.minimum(taken, needed))[self._optional]
        there = np.flatnonzero(worth > LEAST)
        self._choice.addRow(needed, np.inf, len(there), there.astype(np.int32), worth[there])

    def _tidied(self, hidden: Mask) -> Mask:
        """Show again what can be shown, the dearest first."""
        kept = hidden.copy()
        proofs = self._proofs(kept, self._secrets)
        if proofs is None:
            raise ValueError("what is to be tidied does not protect")
        candidates = self._optional[kept[self._optional]]
        for cell in candidates[np.lexsort((candidates, -self._loss_of[candidates]))]:
            kept[cell] = False
            # whoever is protected by a change that leaves the cell alone stays so
            anew = self._proofs(kept, [secret for secret, proof in proofs.items() if abs(proof[cell]) > LEAST])
            if anew is None:
                kept[cell] = True
            else:
                proofs |= anew
        return kept

    def _proofs(self, hidden: Mask, secrets: Iterable[int]) -> dict[int, Floats] | None:
        """For each secret a change that raises it by the protection; None if there is none for one of them."""
        self._changes.free(hidden.astype(np.float64))
        proofs: dict[int, Floats] = {}
        left = list(secrets)
        while left:
            reach = self._raise(left[0])
            if self._falls_short(reach.most):
                return None
            after = self._not_raised(left, reach)
            proofs |= {secret: reach.change for secret in left if secret not in after}
            left = after
        return proofs
