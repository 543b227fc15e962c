"""Official accounts, pushes, content moderation, and the service's own alarms."""

from __future__ import annotations

from .base import Event, Message
from .fields import Each, Moment, Number, Text, Texts


class _OfficialAccount(Event):
    family = "official_account"
    official_account = Text("Official_Account")
    operator = Text("Operator_Account")
    owner = Text("Owner_Account")
    name = Text("Name")


class BeforeOfficialAccountCreate(
    _OfficialAccount, command="OfficialAccount.CallbackBeforeCreateOfficialAccount", doc=60795
):
    """An official account is to be created."""

    before = True


class OfficialAccountCreated(
    _OfficialAccount, command="OfficialAccount.CallbackAfterCreateOfficialAccount", doc=60796
):
    """An official account was created."""


class OfficialAccountInfoChanged(
    _OfficialAccount, command="OfficialAccount.CallbackAfterOfficialAccountInfoChanged", doc=60797
):
    """An official account's profile was changed; only what was is there."""

    introduction = Text("Introduction")
    face_url = Text("FaceUrl")
    organization = Text("Organization")


class OfficialAccountDestroyed(
    _OfficialAccount, command="OfficialAccount.CallbackAfterOfficialAccountDestroyed", doc=60798
):
    """An official account is no more."""


class BeforeSubscribe(
    _OfficialAccount, command="OfficialAccount.CallbackBeforeAddSubscriber", doc=60799
):
    """Accounts are about to subscribe. ``Veto(user_ids=…)`` keeps out some of them."""

    before = True
    user_ids = Each("SubscribeAccountList", "Subscriber_Account")


class Subscribed(_OfficialAccount, command="OfficialAccount.CallbackAfterAddSubscriber", doc=60800):
    """Accounts have subscribed."""

    user_ids = Each("SubscribeAccountList", "Subscriber_Account")


class OfficialAccountFull(
    _OfficialAccount, command="OfficialAccount.CallbackAfterOfficialAccountFull", doc=60801
):
    """No more accounts can subscribe."""


class Unsubscribed(
    _OfficialAccount, command="OfficialAccount.CallbackAfterDeleteSubscriber", doc=60802
):
    """Accounts no longer subscribe."""

    user_ids = Each("SubscribeAccountList", "Subscriber_Account")


class BeforeOfficialMessage(
    _OfficialAccount, Message, command="OfficialAccount.CallbackBeforeSendMsg", doc=60803
):
    """An official account is about to send a message to its subscribers."""

    family = "official_account"
    before = True


class OfficialMessageSent(
    _OfficialAccount, Message, command="OfficialAccount.CallbackAfterSendMsg", doc=60804
):
    """An official account has sent a message."""

    family = "official_account"
    identity = ("Official_Account", "MsgKey")
    msg_key = Text("MsgKey")


class OfficialMessagesRecalled(
    _OfficialAccount, command="OfficialAccount.CallbackAfterMsgWithDraw", doc=60805
):
    """Messages of an official account were recalled."""

    msg_keys = Each("WithdrawMsgList", "MsgKey")


class _Push(Event):
    family = "push"
    event_type = Number("EventType")
    to_account = Text("To_Account")
    platform_id = Number("PushPlatform")
    stage = Number("PushStage")
    """1 sent, 2 reached, 3 clicked."""
    error_code = Number("ErrCode", "ErrorCode")
    error_info = Text("ErrInfo", "ErrorInfo")


class OfflinePush(_Push, command="Push.OfflinePush"):
    """What became of the push of an ordinary message."""

    from_account = Text("From_Account")
    group_id = Text("GroupID", "GroupId")
    msg_key = Text("MsgKey")
    msg_seq = Number("MsgSeq")
    msg_time = Moment("MsgTime")


class AllMemberPush(_Push, command="Push.AllMemberPush"):
    """What became of a push to all or to a tag, for one receiver and stage."""

    task_id = Text("TaskId")
    task_time = Moment("TaskTime")
    data_id = Text("DataId")


class ModerationResult(Event, command="ContentCallback.ResultNotify", doc=78240):
    """What the vendor's content check found. Its command stands in the URL only."""

    family = "moderation"
    scene = Text("Scene")
    from_account = Text("From_Account")
    contact_type = Number("ContactItem.ContactType")
    """1 one-to-one, 2 group."""
    to_account = Text("ContactItem.To_Account")
    group_id = Text("ContactItem.ToGroupId", "ContactItem.ToGroupID")
    content_type = Text("ContentType")
    texts = Texts("TextContent")
    file_url = Text("FileURL")
    msg_id = Text("MsgID")
    """The MsgKey of a one-to-one message, or the MsgSeq of a group's."""
    stopped = Number("CtxcbResult")
    request_id = Text("CtxcbRequestId")
    keywords = Texts("CtxcbKeywords")
    suggestion = Text("CtxcbSuggestion")
    """Block, Review or Normal."""
    label = Text("CtxcbLabel")
    sub_label = Text("CtxcbSubLabel")
    library = Text("CtxcbLibName")


class RequestOverLimit(Event, command="Alert.RequestOverLimit", doc=60256):
    """An endpoint is called at more than 80 % of its rate."""

    family = "operation"
    service = Text("ServiceName")
    command_name = Text("Command")
    requests = Number("Request")
    """Calls a second that the service has counted."""
    limit = Number("Limit")
