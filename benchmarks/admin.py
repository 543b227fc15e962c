"""The admin's lists on PostgreSQL: server time and queries of a page, a filter, a search.

    python -m benchmarks.admin             20,000 accounts and groups
    FULL=1 python -m benchmarks.admin      1,000,000 of each

``ratio`` is the aim, 300 ms of server time, divided by the median time of the page. The rows
stay in a database of their own (the scratch database's name and ``_admin``) for the next time.
"""

from __future__ import annotations

import os
import statistics
import time
from typing import TYPE_CHECKING, Any

from .support.figures import FULL, Figure, asked_for, show
from .support.project import NAME, POSTGRESQL

if TYPE_CHECKING:
    from django.test import Client

ROWS = 1_000_000 if FULL else 20_000
TIMES = 5
AIM = 300.0
APP = 1400000000
BATCH = 10_000
TYPES = ("Public", "Private", "ChatRoom", "AVChatRoom", "Community")
PAGES = {
    "accounts": "account/",
    "accounts_page_100": "account/?p=100",
    "accounts_present": "account/?state=present",
    "accounts_gone": "account/?state=gone",
    "accounts_by_nickname": "account/?o=2",
    "accounts_search_an_id": "account/?q=user00000777",
    "accounts_search_the_start_of_an_id": "account/?q=user0000077",
    "accounts_search_a_rare_nickname": "account/?q=Nickname+777",
    "accounts_search_a_common_nickname": "account/?q=Nickname",
    "accounts_search_two_letters": "account/?q=Ni",
    "accounts_search_nothing_that_is": "account/?q=xyzzyxyzzy",
    "groups": "group/",
    "groups_of_a_type": "group/?type=Public",
    "groups_by_size": "group/?o=-5",
    "groups_large_ones": "group/?size=2000",
    "groups_silent_for_30_days": "group/?last_msg=-30",
    "groups_type_and_silent": "group/?type=Community&last_msg=-30",
    "groups_search_an_id": "group/?q=@TGS%23group777",
    "groups_search_a_name": "group/?q=Name+777",
    "groups_search_an_owner": "group/?q=user00000777",
    "members": "groupmember/",
    "find": "account/find/?q=777",
}


def main() -> None:
    set_up()
    fill()
    client = logged_in()
    names = {f"admin_{name}": address for name, address in PAGES.items()}
    show(measure(client, name, names[name]) for name in names if asked_for(name))


def set_up() -> None:
    """The test project, on a database that is made where there is none."""
    import dj_database_url
    import psycopg

    name = f"{NAME}_admin"
    with psycopg.connect(POSTGRESQL, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not found.fetchone():
            connection.execute(f"CREATE DATABASE {name}")
    parts = dj_database_url.parse(POSTGRESQL)
    server = f"{parts['HOST'] or '127.0.0.1'}:{parts['PORT'] or 5432}"
    user = f"{parts['USER']}:{parts['PASSWORD']}" if parts["PASSWORD"] else parts["USER"]
    os.environ["DATABASE_URL"] = f"postgres://{user}@{server}/{name}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()


def fill() -> None:
    """Make what is missing of the rows."""
    from django.core.management import call_command
    from django.db import connection

    from django_tim.models import Account, Group

    call_command("migrate", verbosity=0)
    made = _make(Account, _account), _make(Group, _group)
    if any(made):
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _make(model: Any, columns: Any) -> bool:
    there = model.objects.count()
    for start in range(there, ROWS, BATCH):
        rows = [model(sdk_app_id=APP, **columns(one)) for one in range(start, start + BATCH)]
        model.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2000)
    return there < ROWS


def _account(number: int) -> dict[str, Any]:
    return {
        "user_id": f"user{number:08}",
        "nickname": f"Nickname {number} 安娜",
        "raw": {"Tag_Profile_IM_Nick": f"Nickname {number}", "filler": "x" * 300},
        "synced_at": "2026-01-01T00:00Z",
        "gone_at": "2026-02-01T00:00Z" if number % 97 == 0 else None,
    }


def _group(number: int) -> dict[str, Any]:
    return {
        "group_id": f"@TGS#group{number}",
        "type": TYPES[number % len(TYPES)],
        "name": f"Name {number} 群",
        "owner_account": f"user{number // 3:08}",
        "member_num": number % 5000,
        "last_msg_at": f"2026-0{number % 9 + 1}-01T00:00Z",
        "raw": {"Name": f"Name {number}", "filler": "x" * 300},
    }


def logged_in() -> Client:
    from django.contrib.auth import get_user_model
    from django.test import Client

    user, _new = get_user_model().objects.get_or_create(
        username="bench", defaults={"is_staff": True, "is_superuser": True}
    )
    client = Client()
    client.force_login(user)
    return client


def measure(client: Client, name: str, address: str) -> Figure:
    """The median time of a page, after one that warms it up."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    url = f"/admin/django_tim/{address}"
    taken = []
    with CaptureQueriesContext(connection) as queries:
        status = client.get(url).status_code
        number = len(queries)
    if status not in (200, 302):
        raise RuntimeError(f"{url} answered {status}")
    for _ in range(TIMES):
        begin = time.perf_counter()
        client.get(url)
        taken.append((time.perf_counter() - begin) * 1000)
    median = statistics.median(taken)
    detail = {"ms": round(median, 1), "slowest": round(max(taken), 1), "queries": number}
    return Figure(name, AIM / median, ">= 1", detail)


if __name__ == "__main__":
    main()
