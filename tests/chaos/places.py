"""The names of the places at which a process can be told to die: what `*_with_faults` put there."""

DEVICE = (
    "after_claim",
    "before_step",
    "after_step",
    "before_upload",
    "after_upload",
    "in_state",
    "before_finish",
    "in_finish",
    "after_finish",
)
API = ("before_commit", "before_answer")
UPKEEP = ("after_send",)
FROZEN = ("before_step", "after_upload", "before_finish", "in_finish")  # a device, past its lease
