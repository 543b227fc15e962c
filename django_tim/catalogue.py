"""Every endpoint of the REST API v4, one a line: the facts, and no behaviour.

What a line says: service and command (the path, case-sensitive), ``doc`` (the page's number
in the vendor's international documentation, or ``doc_china`` where only the Chinese one has
it), ``qps`` (the vendor's call rate for one app), ``batch`` (the field that holds the items
and how many a call may carry), ``effect``, ``repeatable`` (whether the same call sent twice
leaves the same state), ``paging`` and ``aliases`` (older names of the same command).

Reads are always repeatable. The client, the simulator, the documentation and the tests read
these lines; nothing else knows a path.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, get_args

from django_tim import answers as a

A_co = TypeVar("A_co", bound=a.Envelope, covariant=True)


class Effect(enum.Enum):
    """What a call does to the app's data."""

    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"


class Repeatable(enum.Enum):
    """Whether the same call sent twice leaves the state that one leaves."""

    NO = "no"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Keyed:
    """Repeatable only while the service still knows these fields' values.

    ``window`` is in seconds; ``None`` means that the service never forgets them.
    """

    fields: tuple[str, ...]
    window: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """The request field that holds a batch's items, and the most that one call may carry."""

    field: str
    cap: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """Pages by a mark from the last answer: an integer from 0 to 0, or a text from "" to "".

    ``finish`` is the answer's field that is true on the last page, whatever the mark.
    """

    items: str
    request: str = "Next"
    answer: str = "Next"
    start: int | str = 0
    limit: str | None = None
    page: int | None = None
    finish: str | None = None


@dataclass(frozen=True, slots=True)
class Offset:
    """Pages by counting: ``Offset`` and ``Limit`` in the request, a total in the answer."""

    items: str
    total: str
    page: int
    request: str = "Offset"
    limit: str = "Limit"
    community: Cursor | None = None  # Communities page by this mark instead


@dataclass(frozen=True, slots=True)
class Marks:
    """Pages by several marks: ``fields`` names each in the request and in the answer.

    The first call has ``start`` or the caller's own; ``finish`` is true on the last page.
    """

    items: str
    fields: tuple[tuple[str, str], ...]
    finish: str
    start: tuple[tuple[str, int | str], ...] = ()
    limit: str | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """Pages by the numbers of the items: ``number`` is an item's.

    Downwards, the next page begins below the lowest number and 1 is the last; upwards it
    begins at the highest, which comes again. ``finish``, where there is one, is true on the
    last page, as an empty page is.
    """

    items: str
    request: str
    number: str
    upwards: bool = False
    finish: str | None = None
    limit: str | None = None
    page: int | None = None


Paging = Cursor | Offset | Marks | Sequence


@dataclass(frozen=True)
class _Line:
    """What a line says. Apart from ``Endpoint``, on which typing notes the answer's type."""

    service: str
    command: str
    doc: int | None = None
    doc_china: int | None = None
    qps: int = 200
    batch: Batch | None = None
    effect: Effect = Effect.READ
    repeatable: Repeatable | Keyed = Repeatable.YES
    paging: Paging | None = None
    aliases: tuple[str, ...] = ()


class Endpoint(_Line, Generic[A_co]):
    """One line of the catalogue; ``A_co`` is the type of its answer."""

    @property
    def answer(self) -> type[A_co]:
        """The TypedDict of its answers."""
        answer: type[A_co] = get_args(vars(self)["__orig_class__"])[0]
        return answer

    @property
    def path(self) -> str:
        """``service/command``, as it stands in the URL behind ``/v4/``."""
        return f"{self.service}/{self.command}"

    @property
    def doc_url(self) -> str | None:
        """The vendor's page about it, where one is known."""
        if self.doc:
            return f"https://www.tencentcloud.com/document/product/1047/{self.doc}"
        if self.doc_china:
            return f"https://cloud.tencent.com/document/product/269/{self.doc_china}"
        return None

    def __str__(self) -> str:
        return self.path


READ, WRITE, DESTRUCTIVE = Effect.READ, Effect.WRITE, Effect.DESTRUCTIVE
NO, YES = Repeatable.NO, Repeatable.YES

# fmt: off
LOGIN = "im_open_login_svc"
OPENIM = "openim"
MSG_EXT = "openim_msg_ext_http_svc"
ROBOT = "openim_robot_http_svc"
GROUP = "group_open_http_svc"
GROUP_ATTR = "group_open_attr_http_svc"
AVCHATROOM = "group_open_avchatroom_http_svc"
COMMUNITY = "million_group_open_http_svc"
SEARCH = "group_search"
COS = "im_cos_msg"
STREAM = "stream_msg"
AUDIT = "im_msg_audit"
AUDIT_MGR = "im_msg_audit_mgr"
CONFIG = "openconfigsvr"
OFFICIAL = "official_account_open_http_svc"
CONFIG_SVC = "ConfigSvc"
MSG = "open_msg_svc"
PROFILE = "profile"
ALL_PUSH = "all_member_push"
TIMPUSH = "timpush"
RECENT = "recentcontact"
FOLLOW = "follow"
SNS = "sns"

# accounts
ACCOUNT_CHECK = Endpoint[a.AccountsChecked](LOGIN, "account_check", doc=34956, qps=100, batch=Batch("CheckItem", 100))
ACCOUNT_DELETE = Endpoint[a.AccountsDeleted](LOGIN, "account_delete", doc=34955, qps=100, batch=Batch("DeleteItem", 100), effect=DESTRUCTIVE, repeatable=YES)
ACCOUNT_IMPORT = Endpoint[a.Envelope](LOGIN, "account_import", doc=34953, effect=WRITE, repeatable=YES)
ACCOUNT_KICK = Endpoint[a.Envelope](LOGIN, "kick", doc=34957, effect=DESTRUCTIVE, repeatable=YES)
ACCOUNT_IMPORT_MANY = Endpoint[a.AccountsImported](LOGIN, "multiaccount_import", doc=34954, qps=100, batch=Batch("AccountList", 100), effect=WRITE, repeatable=YES)
ACCOUNT_ONLINE_STATUS = Endpoint[a.OnlineStatuses](OPENIM, "query_online_status", doc=35477, batch=Batch("To_Account", 500), aliases=("querystate",))

# profiles
PROFILE_GET = Endpoint[a.Profiles](PROFILE, "portrait_get", doc=34917, batch=Batch("To_Account", 100))
PROFILE_SET = Endpoint[a.Envelope](PROFILE, "portrait_set", doc=34916, effect=WRITE, repeatable=YES)

# groups
GROUP_CREATE = Endpoint[a.GroupCreated](GROUP, "create_group", doc=34895, effect=WRITE, repeatable=NO)
GROUP_DISSOLVE = Endpoint[a.Envelope](GROUP, "destroy_group", doc=34896, effect=DESTRUCTIVE, repeatable=YES)
GROUP_LIST = Endpoint[a.GroupPage](GROUP, "get_appid_group_list", doc=34960, qps=1, paging=Cursor("GroupIdList", limit="Limit", page=10_000))
GROUP_INFO = Endpoint[a.GroupInfos](GROUP, "get_group_info", doc=34961, batch=Batch("GroupIdList", 50))
GROUP_JOINED_LIST = Endpoint[a.JoinedGroupPage](GROUP, "get_joined_group_list", doc=34925, paging=Offset("GroupIdList", total="TotalCount", page=500))
GROUP_IMPORT = Endpoint[a.GroupCreated](GROUP, "import_group", doc=34967, effect=WRITE, repeatable=NO)
GROUP_MODIFY = Endpoint[a.Envelope](GROUP, "modify_group_base_info", doc=34962, effect=WRITE, repeatable=YES)
GROUP_SEARCH = Endpoint[a.FoundGroups](SEARCH, "search", doc_china=114549, qps=2, paging=Cursor("Groups", request="Cursor", answer="Cursor", start="", limit="Count", page=100, finish="IsFinish"))

# group members
GROUP_MEMBER_ADD = Endpoint[a.MembersAdded](GROUP, "add_group_member", doc=34921, batch=Batch("MemberList", 20), effect=WRITE, repeatable=YES)
GROUP_MEMBER_BAN = Endpoint[a.Envelope](GROUP, "ban_group_member", doc=50296, batch=Batch("Members_Account", 20), effect=DESTRUCTIVE, repeatable=YES)
GROUP_CHANGE_OWNER = Endpoint[a.Envelope](GROUP, "change_group_owner", doc=34966, effect=WRITE, repeatable=YES)
GROUP_MEMBER_DELETE = Endpoint[a.Envelope](GROUP, "delete_group_member", doc=34949, batch=Batch("MemberToDel_Account", 100), effect=DESTRUCTIVE, repeatable=YES)
GROUP_MEMBER_MUTE = Endpoint[a.Envelope](GROUP, "forbid_send_msg", doc=34951, batch=Batch("Members_Account", 500), effect=WRITE, repeatable=YES)
GROUP_MEMBER_BANNED = Endpoint[a.BannedPage](GROUP, "get_group_ban_member", doc=50295, paging=Cursor("BannedAccountList", request="Offset", answer="NextOffset", limit="Limit", page=100))
GROUP_MEMBER_LIST = Endpoint[a.MemberPage](GROUP, "get_group_member_info", doc=34948, paging=Offset("MemberList", total="MemberNum", page=100, community=Cursor("MemberList", start="", limit="Limit", page=100)))
GROUP_MEMBER_MUTED = Endpoint[a.MutedMembers](GROUP, "get_group_muted_account", doc=34964, aliases=("get_group_shutted_uin",))
GROUP_MEMBER_ROLES = Endpoint[a.MemberRoles](GROUP, "get_role_in_group", doc=34963, batch=Batch("User_Account", 500))
GROUP_MEMBER_INFO = Endpoint[a.MemberInfos](GROUP, "get_specified_group_member_info", doc=64897, batch=Batch("Member_List_Account", 50))
GROUP_MEMBER_IMPORT = Endpoint[a.MembersAdded](GROUP, "import_group_member", doc=34969, batch=Batch("MemberList", 20), effect=WRITE, repeatable=YES)
GROUP_MEMBER_MODIFY = Endpoint[a.Envelope](GROUP, "modify_group_member_info", doc=34900, effect=WRITE, repeatable=YES)
GROUP_MEMBER_SET_UNREAD = Endpoint[a.Envelope](GROUP, "set_unread_msg_num", doc=34909, effect=WRITE, repeatable=YES)
GROUP_MEMBER_UNBAN = Endpoint[a.Envelope](GROUP, "unban_group_member", doc=50297, batch=Batch("Members_Account", 20), effect=WRITE, repeatable=YES)

# one-to-one messages
MESSAGE_ROAMING = Endpoint[a.MessageHistory](OPENIM, "admin_getroammsg", doc=35478, paging=Marks("MsgList", fields=(("MaxTime", "LastMsgTime"), ("LastMsgKey", "LastMsgKey")), finish="Complete", limit="MaxCnt", page=100))
MESSAGE_RECALL = Endpoint[a.Envelope](OPENIM, "admin_msgwithdraw", doc=35015, effect=DESTRUCTIVE, repeatable=YES)
MESSAGE_SET_READ = Endpoint[a.Envelope](OPENIM, "admin_set_msg_read", doc=38996, effect=WRITE, repeatable=YES)
MESSAGE_SEND_MANY = Endpoint[a.MessagesSent](OPENIM, "batchsendmsg", doc=34920, batch=Batch("To_Account", 500), effect=WRITE, repeatable=NO)
MESSAGE_READ_RECEIPT = Endpoint[a.Envelope](OPENIM, "c2c_msg_read_receipt", doc=77776, effect=WRITE, repeatable=YES)
MESSAGE_DELETE = Endpoint[a.MessagesDeleted](OPENIM, "delete_c2c_msg_ramble", doc_china=101439, batch=Batch("MsgKeyList", 30), effect=DESTRUCTIVE, repeatable=YES)
MESSAGE_UNREAD = Endpoint[a.UnreadNumbers](OPENIM, "get_c2c_unread_msg_num", doc=41046, batch=Batch("Peer_Account", 10))
MESSAGE_IMPORT = Endpoint[a.Envelope](OPENIM, "importmsg", doc=35014, effect=WRITE, repeatable=Keyed(("MsgSeq", "MsgRandom", "MsgTimeStamp")))
MESSAGE_MODIFY = Endpoint[a.Envelope](OPENIM, "modify_c2c_msg", doc=47722, effect=WRITE, repeatable=YES)
MESSAGE_SEND = Endpoint[a.MessageSent](OPENIM, "sendmsg", doc=34919, effect=WRITE, repeatable=NO)
MESSAGE_EXTENSIONS_GET = Endpoint[a.ExtensionPage](MSG_EXT, "get_key_values", paging=Sequence("ExtensionList", request="StartSeq", number="Seq", upwards=True, finish="CompleteFlag"))
MESSAGE_EXTENSIONS_SET = Endpoint[a.ExtensionsChanged](MSG_EXT, "set_key_values", batch=Batch("ExtensionList", 20), effect=WRITE, repeatable=YES)
MESSAGE_ROBOT_STREAM = Endpoint[a.RobotStreamSent](ROBOT, "send_stream_msg", doc=71131, effect=WRITE, repeatable=NO)

# streamed messages
MESSAGE_STREAM = Endpoint[a.StreamSent](STREAM, "send_c2c_stream_msg", doc_china=128596, effect=WRITE, repeatable=NO)
GROUP_MESSAGE_STREAM = Endpoint[a.StreamSent](STREAM, "send_group_stream_msg", effect=WRITE, repeatable=NO)

# group messages
GROUP_MESSAGE_CLEAR = Endpoint[a.Envelope](GROUP, "clear_group_msg", doc=65970, effect=DESTRUCTIVE, repeatable=YES)
GROUP_MESSAGE_DELETE_BY_SENDER = Endpoint[a.Envelope](GROUP, "delete_group_msg_by_sender", doc=34970, effect=DESTRUCTIVE, repeatable=YES)
GROUP_MESSAGE_RECEIPT_GET = Endpoint[a.GroupReceipts](GROUP, "get_group_msg_receipt", doc_china=77694)
GROUP_MESSAGE_RECEIPT_DETAIL = Endpoint[a.GroupReceiptPage](GROUP, "get_group_msg_receipt_detail", doc_china=77693, paging=Cursor("ReadList", request="Cursor", answer="Cursor", start="", limit="Count", page=200, finish="IsFinish"))
GROUP_MESSAGE_HISTORY = Endpoint[a.GroupHistoryPage](GROUP, "group_msg_get_simple", doc=34971, paging=Sequence("RspMsgList", request="ReqMsgSeq", number="MsgSeq", limit="ReqMsgNumber", page=20))
GROUP_MESSAGE_RECALL = Endpoint[a.MessagesRecalled](GROUP, "group_msg_recall", doc=34965, batch=Batch("MsgSeqList", 10), effect=DESTRUCTIVE, repeatable=YES)
GROUP_MESSAGE_RECEIPT_SEND = Endpoint[a.Envelope](GROUP, "group_msg_receipt", doc_china=107478, batch=Batch("MsgSeqList", 50), effect=WRITE, repeatable=YES)
GROUP_MESSAGE_IMPORT = Endpoint[a.MessagesImported](GROUP, "import_group_msg", doc=34968, batch=Batch("MsgList", 7), effect=WRITE, repeatable=NO)
GROUP_MESSAGE_SEND = Endpoint[a.GroupMessageSent](GROUP, "send_group_msg", doc=34959, batch=Batch("To_Account", 50), effect=WRITE, repeatable=Keyed(("Random",), 300))
GROUP_NOTIFICATION_SEND = Endpoint[a.Envelope](GROUP, "send_group_system_notification", doc=34958, effect=WRITE, repeatable=NO)
GROUP_MESSAGE_MODIFY = Endpoint[a.Envelope](OPENIM, "modify_group_msg", doc=47948, effect=DESTRUCTIVE, repeatable=YES)
GROUP_MESSAGE_EXTENSIONS_GET = Endpoint[a.ExtensionPage](MSG_EXT, "group_get_key_values", paging=Sequence("ExtensionList", request="StartSeq", number="Seq", upwards=True, finish="CompleteFlag"))
GROUP_MESSAGE_EXTENSIONS_SET = Endpoint[a.ExtensionsChanged](MSG_EXT, "group_set_key_values", batch=Batch("ExtensionList", 20), effect=DESTRUCTIVE, repeatable=YES)

# group attributes
GROUP_ATTRIBUTE_GET = Endpoint[a.GroupAttributeList](GROUP_ATTR, "get_group_attr", doc=44187)
GROUP_ATTRIBUTE_CLEAR = Endpoint[a.Envelope](GROUP, "clear_group_attr", doc=44189, effect=DESTRUCTIVE, repeatable=YES)
GROUP_ATTRIBUTE_DELETE = Endpoint[a.Envelope](GROUP, "delete_group_attr", doc=59499, effect=DESTRUCTIVE, repeatable=YES)
GROUP_ATTRIBUTE_MODIFY = Endpoint[a.Envelope](GROUP, "modify_group_attr", doc=44188, effect=WRITE, repeatable=YES)
GROUP_ATTRIBUTE_SET = Endpoint[a.Envelope](GROUP, "set_group_attr", doc=44190, effect=DESTRUCTIVE, repeatable=YES)

# group counters
GROUP_COUNTER_DELETE = Endpoint[a.Envelope](GROUP, "delete_group_counter", doc=53429, effect=DESTRUCTIVE, repeatable=YES)
GROUP_COUNTER_GET = Endpoint[a.GroupCounterList](GROUP, "get_group_counter", doc=53427)
GROUP_COUNTER_UPDATE = Endpoint[a.GroupCounterList](GROUP, "update_group_counter", doc=53428, batch=Batch("GroupCounter", 20), effect=WRITE, repeatable=NO)

# topics
TOPIC_IMPORT = Endpoint[a.TopicCreated](GROUP, "import_topic", doc=53448, effect=WRITE, repeatable=NO)
TOPIC_CREATE = Endpoint[a.TopicCreated](COMMUNITY, "create_topic", doc_china=78203, effect=WRITE, repeatable=NO)
TOPIC_DISSOLVE = Endpoint[a.TopicsDissolved](COMMUNITY, "destroy_topic", doc=49470, effect=DESTRUCTIVE, repeatable=YES)
TOPIC_INFO = Endpoint[a.TopicInfos](COMMUNITY, "get_topic", doc=49469)
TOPIC_MODIFY = Endpoint[a.Envelope](COMMUNITY, "modify_topic", doc=49468, effect=WRITE, repeatable=YES)

# permission groups of communities
PERMISSION_GROUP_MEMBER_ADD = Endpoint[a.MembersAdded](GROUP, "add_permission_group_member", doc=61240, batch=Batch("MemberList", 100), effect=WRITE, repeatable=YES)
TOPIC_PERMISSION_ADD = Endpoint[a.TopicPermissions](GROUP, "add_topic_permission_group", doc=61236, batch=Batch("TopicPermissionList", 50), effect=WRITE, repeatable=YES)
PERMISSION_GROUP_CREATE = Endpoint[a.PermissionGroupCreated](GROUP, "create_permission_group", doc=61232, effect=WRITE, repeatable=NO)
PERMISSION_GROUP_MEMBER_DELETE = Endpoint[a.Envelope](GROUP, "delete_permission_group_member", doc=61241, batch=Batch("MemberList", 100), effect=DESTRUCTIVE, repeatable=YES)
TOPIC_PERMISSION_DELETE = Endpoint[a.TopicPermissions](GROUP, "delete_topic_permission_group", doc=61238, effect=DESTRUCTIVE, repeatable=YES)
PERMISSION_GROUP_DELETE = Endpoint[a.PermissionGroupsDeleted](GROUP, "destroy_permission_group", doc=61233, batch=Batch("PermissionGroupIdList", 20), effect=DESTRUCTIVE, repeatable=YES)
PERMISSION_GROUP_LIST = Endpoint[a.PermissionGroupPage](GROUP, "get_permission_group", doc=61235, paging=Cursor("PermissionGroupInfoList", start="", limit="Limit", page=20))
PERMISSION_GROUP_MEMBER_LIST = Endpoint[a.PermissionGroupMemberPage](GROUP, "get_permission_group_member_list", doc=61242, paging=Cursor("MemberList", start="", limit="Limit", page=50))
TOPIC_PERMISSION_GET = Endpoint[a.TopicPermissions](GROUP, "get_topic_permission_group", doc=61239)
PERMISSION_GROUP_MODIFY = Endpoint[a.Envelope](GROUP, "modify_permission_group", doc=61234, effect=WRITE, repeatable=YES)
TOPIC_PERMISSION_SET = Endpoint[a.TopicPermissions](GROUP, "set_topic_permission_group", doc=61237, effect=WRITE, repeatable=YES)

# live groups
LIVE_ROBOT_ADD = Endpoint[a.Envelope](AVCHATROOM, "add_robots", doc=60527, effect=WRITE, repeatable=YES)
LIVE_MEMBER_CHECK = Endpoint[a.LiveMembersChecked](AVCHATROOM, "check_members", doc=60523)
LIVE_ROBOT_DELETE = Endpoint[a.Envelope](AVCHATROOM, "del_robots", doc=60526, effect=WRITE, repeatable=YES)
LIVE_ADMIN_LIST = Endpoint[a.LiveAdmins](AVCHATROOM, "get_admin_list", doc=60524)
LIVE_MEMBER_LIST = Endpoint[a.LiveMemberPage](AVCHATROOM, "get_members", paging=Cursor("MemberList", request="Timestamp", answer="NextTimestamp"))
LIVE_ADMIN_MODIFY = Endpoint[a.Envelope](AVCHATROOM, "modify_admin", doc=60525, batch=Batch("Admin_Account", 5), effect=WRITE, repeatable=YES)
LIVE_MEMBER_MARK = Endpoint[a.LiveMarked](AVCHATROOM, "modify_user_info", batch=Batch("MemberList", 500), effect=WRITE, repeatable=YES)
LIVE_ONLINE_COUNT = Endpoint[a.OnlineCount](GROUP, "get_online_member_num", doc=38521)
LIVE_BROADCAST = Endpoint[a.BroadcastSent](GROUP, "send_broadcast_msg", doc=49440, qps=1, effect=WRITE, repeatable=NO)

# friends, blocklists, follows
FOLLOW_ADD = Endpoint[a.FollowResults](FOLLOW, "follow_add", doc=70345, batch=Batch("FollowItem", 20), effect=WRITE, repeatable=YES)
FOLLOW_CHECK = Endpoint[a.FollowsChecked](FOLLOW, "follow_check", doc=70349, batch=Batch("To_Account", 100))
FOLLOW_DELETE = Endpoint[a.FollowResults](FOLLOW, "follow_delete", doc=70346, batch=Batch("To_Account", 20), effect=DESTRUCTIVE, repeatable=YES)
FOLLOW_LIST = Endpoint[a.FollowPage](FOLLOW, "follow_get", doc=70347, paging=Cursor("FollowItem", request="StartCursor", answer="NextCursor", start="", limit="WantNum", page=1000))
FOLLOW_INFO = Endpoint[a.FollowInfos](FOLLOW, "follow_get_info", doc=70350, batch=Batch("To_Account", 20))
BLACKLIST_ADD = Endpoint[a.RelationResults](SNS, "black_list_add", doc=34911, batch=Batch("To_Account", 1000), effect=WRITE, repeatable=YES)
BLACKLIST_CHECK = Endpoint[a.BlacklistsChecked](SNS, "black_list_check", doc=34913, batch=Batch("To_Account", 1000))
BLACKLIST_DELETE = Endpoint[a.RelationResults](SNS, "black_list_delete", doc=34912, batch=Batch("To_Account", 1000), effect=WRITE, repeatable=YES)
BLACKLIST_LIST = Endpoint[a.BlacklistPage](SNS, "black_list_get", doc=34914, paging=Cursor("BlackListItem", request="StartIndex", answer="StartIndex", limit="MaxLimited", page=100))
FRIEND_ADD = Endpoint[a.RelationResults](SNS, "friend_add", doc=34902, batch=Batch("AddFriendItem", 1000), effect=WRITE, repeatable=YES)
FRIEND_CHECK = Endpoint[a.FriendsChecked](SNS, "friend_check", doc=34907, batch=Batch("To_Account", 1000))
FRIEND_DELETE = Endpoint[a.RelationResults](SNS, "friend_delete", doc=34905, batch=Batch("To_Account", 1000), effect=DESTRUCTIVE, repeatable=YES)
FRIEND_DELETE_ALL = Endpoint[a.FriendsDeleted](SNS, "friend_delete_all", doc=34906, effect=DESTRUCTIVE, repeatable=YES)
FRIEND_LIST = Endpoint[a.FriendPage](SNS, "friend_get", doc=34908, paging=Cursor("UserDataItem", request="StartIndex", answer="NextStartIndex", finish="CompleteFlag"))
FRIEND_INFO = Endpoint[a.FriendInfos](SNS, "friend_get_list", doc=34910, batch=Batch("To_Account", 100))
FRIEND_IMPORT = Endpoint[a.RelationResults](SNS, "friend_import", doc=34903, batch=Batch("AddFriendItem", 1000), effect=WRITE, repeatable=YES)
FRIEND_UPDATE = Endpoint[a.RelationResults](SNS, "friend_update", doc=34904, batch=Batch("UpdateItem", 100), effect=WRITE, repeatable=YES)
FRIEND_GROUP_ADD = Endpoint[a.FriendGroupsAdded](SNS, "group_add", doc=34950, batch=Batch("To_Account", 1000), effect=WRITE, repeatable=YES)
FRIEND_GROUP_DELETE = Endpoint[a.FriendGroupsDeleted](SNS, "group_delete", doc=34926, effect=DESTRUCTIVE, repeatable=YES)
FRIEND_GROUP_LIST = Endpoint[a.FriendGroups](SNS, "group_get", doc=40123)

# conversations
CONVERSATION_GROUP_CREATE = Endpoint[a.ConversationGroupCreated](RECENT, "create_contact_group", doc=53437, batch=Batch("GroupContactItem", 1), effect=WRITE, repeatable=NO)
CONVERSATION_GROUP_DELETE = Endpoint[a.ConversationGroupsDeleted](RECENT, "del_contact_group", doc=53441, batch=Batch("GroupName", 1), effect=DESTRUCTIVE, repeatable=YES)
CONVERSATION_DELETE = Endpoint[a.ConversationDeleted](RECENT, "delete", doc=43088, effect=DESTRUCTIVE, repeatable=YES)
CONVERSATION_GROUP_LIST = Endpoint[a.ConversationGroupPage](RECENT, "get_contact_group", doc=53440, paging=Cursor("ContactItem", request="StartIndex", answer="NextStartIndex", finish="CompleteFlag"))
CONVERSATION_LIST = Endpoint[a.ConversationPage](RECENT, "get_list", doc=43087, paging=Marks("SessionItem", fields=(("TimeStamp", "TimeStamp"), ("StartIndex", "StartIndex"), ("TopTimeStamp", "TopTimeStamp"), ("TopStartIndex", "TopStartIndex")), finish="CompleteFlag", start=(("TimeStamp", 0), ("StartIndex", 0), ("TopTimeStamp", 0), ("TopStartIndex", 0))))
CONVERSATION_MARK = Endpoint[a.ConversationsMarked](RECENT, "mark_contact", doc=53438, batch=Batch("MarkItem", 100), effect=WRITE, repeatable=YES)
CONVERSATION_GROUP_SEARCH = Endpoint[a.FoundConversations](RECENT, "search_contact_group", doc=53442, batch=Batch("ContactItem", 300))
CONVERSATION_GROUP_UPDATE = Endpoint[a.ConversationGroupUpdated](RECENT, "update_contact_group", doc=53439, batch=Batch("ContactUpdateItem", 100), effect=WRITE, repeatable=YES)

# push to all, and timpush
PUSH_TAG_ADD = Endpoint[a.PushAccountsChanged](ALL_PUSH, "im_add_tag", doc=37173, qps=100, batch=Batch("UserTags", 100), effect=WRITE, repeatable=YES)
PUSH_ATTRIBUTE_GET = Endpoint[a.PushAttributes](ALL_PUSH, "im_get_attr", doc=37169, qps=100, batch=Batch("To_Account", 100))
PUSH_ATTRIBUTE_NAMES_GET = Endpoint[a.PushAttributeNames](ALL_PUSH, "im_get_attr_name", doc=37168, qps=100)
PUSH_TAG_GET = Endpoint[a.PushTags](ALL_PUSH, "im_get_tag", doc=37172, qps=100, batch=Batch("To_Account", 100))
PUSH_SEND = Endpoint[a.Pushed](ALL_PUSH, "im_push", doc=37166, qps=1, effect=WRITE, repeatable=Keyed(("MsgRandom",), 604_800))
PUSH_TAG_CLEAR = Endpoint[a.PushAccountsChanged](ALL_PUSH, "im_remove_all_tags", doc=37175, qps=100, batch=Batch("To_Account", 100), effect=DESTRUCTIVE, repeatable=YES)
PUSH_ATTRIBUTE_REMOVE = Endpoint[a.PushAccountsChanged](ALL_PUSH, "im_remove_attr", doc=37171, qps=100, batch=Batch("UserAttrs", 100), effect=DESTRUCTIVE, repeatable=YES)
PUSH_TAG_REMOVE = Endpoint[a.PushAccountsChanged](ALL_PUSH, "im_remove_tag", doc=37174, qps=100, batch=Batch("UserTags", 100), effect=DESTRUCTIVE, repeatable=YES)
PUSH_ATTRIBUTE_SET = Endpoint[a.PushAccountsChanged](ALL_PUSH, "im_set_attr", doc=37170, qps=100, batch=Batch("UserAttrs", 100), effect=WRITE, repeatable=YES)
PUSH_ATTRIBUTE_NAMES_SET = Endpoint[a.Envelope](ALL_PUSH, "im_set_attr_name", doc=37167, qps=100, effect=WRITE, repeatable=YES)
TIMPUSH_TAG_ADD = Endpoint[a.PushAccountsChanged](TIMPUSH, "add_tag", doc=60568, qps=100, batch=Batch("UserTags", 100), effect=WRITE, repeatable=YES)
TIMPUSH_SEND_MANY = Endpoint[a.PushedToMany](TIMPUSH, "batch", doc=67553, qps=10, batch=Batch("To_Account", 500), effect=WRITE, repeatable=NO)
TIMPUSH_TAG_CLEAR = Endpoint[a.PushAccountsChanged](TIMPUSH, "clear_all_tags", doc=60570, qps=100, batch=Batch("To_Account", 100), effect=DESTRUCTIVE, repeatable=YES)
TIMPUSH_ATTRIBUTE_GET = Endpoint[a.PushAttributes](TIMPUSH, "get_attr", doc=60564, qps=100, batch=Batch("To_Account", 100))
TIMPUSH_ATTRIBUTE_NAMES_GET = Endpoint[a.PushAttributeNames](TIMPUSH, "get_attr_name", doc=60562, qps=100)
TIMPUSH_TAG_GET = Endpoint[a.PushTags](TIMPUSH, "get_tag", doc=60567, qps=100, batch=Batch("To_Account", 100))
TIMPUSH_SEND = Endpoint[a.Pushed](TIMPUSH, "push", doc=60561, qps=1, effect=WRITE, repeatable=NO)
TIMPUSH_ATTRIBUTE_REMOVE = Endpoint[a.PushAccountsChanged](TIMPUSH, "remove_attr", doc=60566, qps=100, batch=Batch("UserAttrs", 100), effect=DESTRUCTIVE, repeatable=YES)
TIMPUSH_TAG_REMOVE = Endpoint[a.PushAccountsChanged](TIMPUSH, "remove_tag", doc=60569, qps=100, batch=Batch("UserTags", 100), effect=DESTRUCTIVE, repeatable=YES)
TIMPUSH_REVOKE = Endpoint[a.Envelope](TIMPUSH, "revoke", doc=60571, qps=1, effect=DESTRUCTIVE, repeatable=YES)
TIMPUSH_ATTRIBUTE_SET = Endpoint[a.PushAccountsChanged](TIMPUSH, "set_attr", doc=60565, qps=100, batch=Batch("UserAttrs", 100), effect=WRITE, repeatable=YES)
TIMPUSH_ATTRIBUTE_NAMES_SET = Endpoint[a.Envelope](TIMPUSH, "set_attr_name", doc=60563, qps=100, effect=WRITE, repeatable=YES)

# official accounts
SUBSCRIBER_ADD = Endpoint[a.SubscribersChanged](OFFICIAL, "add_subscriber", doc=60760, batch=Batch("SubscriberList", 100), effect=WRITE, repeatable=YES)
OFFICIAL_ACCOUNT_CREATE = Endpoint[a.OfficialAccountCreated](OFFICIAL, "create_official_account", doc=60755, effect=WRITE, repeatable=NO)
SUBSCRIBER_DELETE = Endpoint[a.SubscribersChanged](OFFICIAL, "delete_subscriber", doc=60761, effect=DESTRUCTIVE, repeatable=YES)
OFFICIAL_ACCOUNT_DESTROY = Endpoint[a.Envelope](OFFICIAL, "destroy_official_account", doc=60756, effect=DESTRUCTIVE, repeatable=NO)
OFFICIAL_ACCOUNT_INFO = Endpoint[a.OfficialAccountInfos](OFFICIAL, "get_official_account_info", doc=60758, batch=Batch("OfficialAccountIdList", 50))
OFFICIAL_ACCOUNT_SUBSCRIBED_LIST = Endpoint[a.SubscribedPage](OFFICIAL, "get_subscribed_official_account_list", doc=60763, paging=Marks("OfficialAccountInfoList", fields=(("Offset", "Next"),), finish="CompleteFlag", start=(("Offset", 0),), limit="Limit", page=200))
SUBSCRIBER_LIST = Endpoint[a.SubscriberPage](OFFICIAL, "get_subscriber_info", doc=60759, paging=Cursor("SubscriberList", start="", limit="Limit", page=200))
OFFICIAL_ACCOUNT_MODIFY = Endpoint[a.Envelope](OFFICIAL, "modify_official_account_base_info", doc=60757, effect=WRITE, repeatable=YES)
SUBSCRIBER_MODIFY = Endpoint[a.Envelope](OFFICIAL, "modify_subscriber_info", doc=60762, effect=WRITE, repeatable=YES)
OFFICIAL_MESSAGE_HISTORY = Endpoint[a.OfficialMessagePage](OFFICIAL, "official_account_msg_get_simple", paging=Marks("RspMsgList", fields=(("LastMsgKey", "LastMsgKey"),), finish="IsFinished", limit="ReqMsgNumber", page=20))
OFFICIAL_MESSAGE_RECALL = Endpoint[a.OfficialMessagesRecalled](OFFICIAL, "official_account_msg_recall", doc=60811, batch=Batch("MsgKeyList", 10), effect=DESTRUCTIVE, repeatable=YES)
OFFICIAL_MESSAGE_SEND = Endpoint[a.OfficialMessageSent](OFFICIAL, "send_official_account_msg", doc=60810, effect=WRITE, repeatable=Keyed(("Random",), 300))

# robots
ROBOT_CREATE = Endpoint[a.Envelope](ROBOT, "create_robot", doc=55281, effect=WRITE, repeatable=YES)
ROBOT_DELETE = Endpoint[a.Envelope](ROBOT, "delete_robot", doc=55282, effect=DESTRUCTIVE, repeatable=YES)
ROBOT_LIST = Endpoint[a.RobotList](ROBOT, "get_all_robots", doc=55280)

# moderation
MODERATION_CHECK_MANY = Endpoint[a.ContentsChecked](AUDIT, "batch_content_moderation", batch=Batch("Contents", 10))
MODERATION_CHECK = Endpoint[a.ContentChecked](AUDIT, "content_moderation")
CLOUD_KEYWORD_ADD = Endpoint[a.Envelope](AUDIT_MGR, "add_cloud_audit_keywords", doc=77831, batch=Batch("UserKeywords", 10), effect=WRITE, repeatable=NO)
LOCAL_KEYWORD_ADD = Endpoint[a.Envelope](AUDIT_MGR, "add_local_audit_keywords", batch=Batch("LocalAuditWords", 10), effect=WRITE, repeatable=NO)
CLOUD_KEYWORD_DELETE = Endpoint[a.CloudKeywordsDeleted](AUDIT_MGR, "delete_cloud_audit_keywords", batch=Batch("Keywords", 10), effect=DESTRUCTIVE, repeatable=YES)
LOCAL_KEYWORD_DELETE = Endpoint[a.Envelope](AUDIT_MGR, "delete_local_audit_keywords", batch=Batch("LocalAuditWords", 10), effect=DESTRUCTIVE, repeatable=YES)
CLOUD_KEYWORD_LIST = Endpoint[a.CloudKeywordPage](AUDIT_MGR, "get_cloud_audit_keywords", doc=77830, paging=Offset("Infos", total="TotalCount", page=100))
CLOUD_KEYWORD_LIBRARIES = Endpoint[a.CloudLibraryPage](AUDIT_MGR, "get_cloud_audit_keywords_ids", doc=77829, paging=Offset("Infos", total="TotalCount", page=100))
LOCAL_KEYWORD_LIST = Endpoint[a.LocalKeywordPage](AUDIT_MGR, "get_local_audit_keywords", paging=Offset("LocalAuditWords", total="TotalCount", page=100))

# global mute
ACCOUNT_MUTE_GET = Endpoint[a.AccountMute](CONFIG, "getnospeaking", doc=34924)
ACCOUNT_MUTE_SET = Endpoint[a.Envelope](CONFIG, "setnospeaking", doc=34923, effect=WRITE, repeatable=YES)

# files
FILE_ALLOW = Endpoint[a.Envelope](COS, "allow_banned_object", doc_china=74776, effect=WRITE, repeatable=YES)
FILE_FORBID = Endpoint[a.Envelope](COS, "forbid_illegal_object", doc_china=74775, effect=DESTRUCTIVE, repeatable=YES)
FILE_SIGN = Endpoint[a.FilesSigned](COS, "get_cos_sig", doc_china=74777, batch=Batch("RawURLs", 10))  # the page gives no cap

# operations
IP_LIST = Endpoint[a.IPAddresses](CONFIG_SVC, "GetIPList", doc=36742)
MESSAGE_ARCHIVE = Endpoint[a.MessageArchive](MSG, "get_history", doc=34885, qps=10)
APP_STATISTICS = Endpoint[a.AppStatistics](CONFIG, "getappinfo", doc=34886)
# fmt: on


def endpoints() -> Iterator[tuple[str, Endpoint[Any]]]:
    """Every line with its name, in the order of the catalogue."""
    for name, value in globals().items():
        if isinstance(value, Endpoint):
            yield name, value


BY_PATH: Final[dict[str, Endpoint[Any]]] = {
    f"{endpoint.service}/{command}": endpoint
    for _, endpoint in list(endpoints())
    for command in (endpoint.command, *endpoint.aliases)
}
