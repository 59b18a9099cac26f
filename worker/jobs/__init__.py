"""The kinds of job: fine-tune, generate, edit."""

from service.jobs.ending import JobResult
from service.jobs.specs import EDIT, FINE_TUNE, GENERATION
from worker.engine.context import JobContext


def run_job(context: JobContext) -> JobResult:
    """Do the job of the context's claim. torch is imported here, with a process's first job, never before."""
    from worker.jobs import edit, fine_tune, generate

    functions = {FINE_TUNE: fine_tune.run, GENERATION: generate.run, EDIT: edit.run}
    return functions[context.claim.kind](context)
