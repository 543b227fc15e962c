"""The example's own users as accounts."""

from __future__ import annotations

from django.contrib.auth.models import User

from django_tim.linking import SERVICE, AccountLink, link


@link(User)
class UserLink(AccountLink[User]):
    """The username is the UserID; users choose their avatar in the chat."""

    owned = {"face_url": SERVICE}

    def user_id(self, obj: User) -> str:
        return obj.username

    def nickname(self, obj: User) -> str:
        return obj.get_full_name() or obj.username

    def face_url(self, obj: User) -> str:
        return f"https://avatars.example.com/{obj.pk}.png"
