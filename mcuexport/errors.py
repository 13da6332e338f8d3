"""One tree of errors, each a sentence a user can act on.

The text reads `<model.layer>: what is wrong, with both numbers; what to do`.  The command line prints
it after `error: ` and exits 1; nothing else in the package prints or exits.
"""


class McuexportError(Exception):
    """Anything that the user can put right."""


class FormatError(McuexportError):
    """An unknown weight format, or weights that a format cannot hold."""


class GraphError(McuexportError):
    """Operators that do not fit together: shapes, types, ranges, names."""


class OverflowRisk(GraphError):
    """An accumulator that some input could drive out of 32 bits."""


class CheckpointError(McuexportError):
    """A file that is not a checkpoint this version can read, or a model that cannot become one."""


class RecipeError(McuexportError):
    """A recipe with an unknown key, a wrong type, or a value out of range."""


class DataError(McuexportError):
    """A data set that is absent, incomplete or corrupt."""


class TargetError(McuexportError):
    """An unknown core, or code that does not build or run for one."""


class DoesNotFit(TargetError):
    """A model that takes more flash or RAM than there is."""


class ToolMissing(McuexportError):
    """A program that is not installed; the text says how to get it."""


class BudgetMissed(McuexportError):
    """A search none of whose networks fits what the chip may give."""


class WorkersDied(McuexportError):
    """A search or sweep whose workers end again and again."""


class ParityError(McuexportError):
    """C that computed something else than the integer graph."""


class ProofError(McuexportError):
    """C that could not be proven free of undefined behaviour."""


class OutputError(McuexportError):
    """A place that must not be written, or a name that C does not allow."""
