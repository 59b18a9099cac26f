# Two images from one source: `api` (also migrate, upkeep and beat) without torch, `worker` with it.
#   docker build --target api -t svdiff-api .
#   docker build --target worker -t svdiff-worker .
# A worker for a CPU is several GB smaller: --build-arg TORCH_INDEX=<the index of torch's CPU wheels>
ARG PYTHON=python:3.11-slim-bookworm

# The dependencies alone: built anew only when these files change.
FROM ${PYTHON} AS dependencies
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/svdiff
ENV PATH=/opt/svdiff/bin:$PATH
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
RUN pip install -c constraints.txt .

FROM dependencies AS ml-dependencies
ARG TORCH_INDEX=
RUN pip install -c constraints.txt ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} '.[ml]'

# Our own code on top, in both.
FROM dependencies AS api-build
COPY api api
COPY migrations migrations
COPY service service
COPY svdiff_core svdiff_core
COPY worker worker
RUN pip install --no-deps --force-reinstall .

FROM ml-dependencies AS worker-build
COPY api api
COPY migrations migrations
COPY service service
COPY svdiff_core svdiff_core
COPY worker worker
RUN pip install --no-deps --force-reinstall .

# What runs: a user without rights, and no source tree.
FROM ${PYTHON} AS runtime
RUN useradd --system --uid 10001 --home-dir /var/lib/svdiff svdiff \
    && install --directory --owner svdiff --mode 0700 /var/lib/svdiff /var/lib/svdiff/factors /var/lib/svdiff/hub
ENV PATH=/opt/svdiff/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HF_HOME=/var/lib/svdiff/hub \
    SVDIFF_FACTORS_DIR=/var/lib/svdiff/factors \
    SVDIFF_LOG_FORMAT=json
WORKDIR /var/lib/svdiff
USER 10001

FROM runtime AS worker
ENV GOMP_SPINCOUNT=1000
COPY --from=worker-build /opt/svdiff /opt/svdiff
CMD ["celery", "-A", "worker.device", "worker", "--pool", "threads", "--queues", "device", "--concurrency", "1", "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]

FROM runtime AS api
COPY --from=api-build /opt/svdiff /opt/svdiff
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["uvicorn", "api.main:create", "--factory", "--host", "0.0.0.0", "--port", "8000", "--no-access-log", "--timeout-graceful-shutdown", "5"]
