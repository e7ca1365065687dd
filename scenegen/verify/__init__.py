"""Labels derived a second time: rays cast at the meshes, files read as a stranger reads them.

Nothing here draws, annotates or writes datasets, and nothing is shared with what does: a mistake
made there is not made here as well.
"""

from scenegen.verify.findings import Finding, Report
from scenegen.verify.page import write_report
from scenegen.verify.run import verify_dataset

__all__ = ["Finding", "Report", "verify_dataset", "write_report"]
