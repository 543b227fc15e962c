"""The Celery app of a benchmark's workers; ``celery -A benchmarks.support.worker worker``.

What it works on is named by the environment: ``BENCHMARK_HOST`` is the stub's URL.
"""

from __future__ import annotations

import os

from celery import Celery

from benchmarks.support.project import REDIS, set_up

set_up("postgresql", os.environ["BENCHMARK_HOST"], PACING="redis", PACING_URL=REDIS)
app = Celery("benchmark", broker=REDIS)
app.conf.update(task_default_queue="django-tim-benchmark", worker_prefetch_multiplier=1)
app.autodiscover_tasks(["django_tim"], force=True)
