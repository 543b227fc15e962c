"""Messages: one-to-one and in groups."""

from __future__ import annotations

from .base import Event, GroupScoped, Message
from .fields import Each, Moment, Number, Objects, Text, Texts


class _OneToOne(Event):
    family = "message"
    from_account = Text("From_Account")
    to_account = Text("To_Account")
    operator = Text("Operator_Account")
    msg_key = Text("MsgKey")
    unread_num = Number("UnreadMsgNum")


class _InGroup(GroupScoped):
    family = "message"
    from_account = Text("From_Account")
    topic_id = Text("TopicId", "TopicID")


class BeforeC2CMessage(_OneToOne, Message, command="C2C.CallbackBeforeSendMsg", doc=34364):
    """Somebody wants to send a message to somebody."""

    before = True


class C2CMessageSent(_OneToOne, Message, command="C2C.CallbackAfterSendMsg", doc=34365):
    """A message was sent, or could not be: ``result`` is 0 or the code of the refusal."""

    identity = ("From_Account", "To_Account", "SendMsgResult", "MsgKey")
    result = Number("SendMsgResult")
    error_info = Text("ErrorInfo")


class C2CMessagesRead(Event, command="C2C.CallbackAfterMsgReport", doc=43465):
    """Somebody has read a conversation up to ``last_read``."""

    family = "message"
    reader = Text("Report_Account")
    peer = Text("Peer_Account")
    last_read = Moment("LastReadTime")
    unread_num = Number("UnreadMsgNum")


class C2CMessageRecalled(_OneToOne, command="C2C.CallbackAfterMsgWithDraw", doc=43466):
    """A message was recalled."""

    identity = ("From_Account", "To_Account", "MsgKey")


class C2CMessageModified(_OneToOne, Message, command="C2C.CallbackAfterModifyMsg"):
    """A message was edited; ``msg_body`` is what it says now."""


class C2CExtensionSet(_OneToOne, command="C2C.CallbackAfterC2CMsgExtension", doc=76006):
    """Extensions of a message were set (1), deleted (2) or cleared (3): ``operation``."""

    operation = Number("OperateType")
    extensions = Objects("ExtensionList")
    newest_seq = Number("Seq")


class C2CReadReceipt(Event, command="C2C.CallbackAfterMsgReadReceipt"):
    """Somebody has confirmed to have read these messages."""

    family = "message"
    operator = Text("Operator_Account")
    peer = Text("Peer_Account")
    messages = Objects("C2CMsgInfo")


class AllMessagesRead(Event, command="C2C.CallbackAfterMsgReadAll"):
    """Somebody has marked all conversations as read, groups included."""

    family = "message"
    reader = Text("Report_Account")
    groups = Objects("GroupReadInfo")


class BeforeGroupMessage(_InGroup, Message, command="Group.CallbackBeforeSendMsg", doc=34374):
    """Somebody wants to send a message to a group. It has no MsgSeq yet."""

    before = True


class GroupMessageSent(_InGroup, Message, command="Group.CallbackAfterSendMsg", doc=34375):
    """A message was sent to a group."""

    identity = ("GroupId", "TopicId", "MsgSeq")
    at = Objects("GroupAtInfo")


class GroupMessageFailed(_InGroup, Message, command="Group.CallbackSendMsgException", doc=49462):
    """A message could not be sent to a group."""

    error_code = Number("ErrorCode")
    error_info = Text("ErrorInfo")


class GroupMessagesRecalled(_InGroup, command="Group.CallbackAfterRecallMsg", doc=46979):
    """Messages of a group were recalled."""

    msg_seqs = Each("MsgSeqList", "MsgSeq")


class GroupMessageModified(_InGroup, Message, command="Group.CallbackAfterModifyMsg"):
    """A message of a group was edited; ``msg_body`` is what it says now."""


class GroupExtensionSet(_InGroup, command="Group.CallbackAfterGroupMsgExtension", doc=76007):
    """Extensions of a message were set (1), deleted (2) or cleared (3): ``operation``."""

    msg_seq = Number("MsgSeq")
    operation = Number("OperateType")
    extensions = Objects("ExtensionList")
    newest_seq = Number("Seq")


class RobotC2CMessage(_OneToOne, Message, command="Bot.OnC2CMessage", doc=68952):
    """Somebody wrote to a robot."""

    family = "robot"
    identity = ("From_Account", "To_Account", "MsgKey")
    result = Number("SendMsgResult")


class RobotGroupMessage(_InGroup, Message, command="Bot.OnGroupMessage", doc=68953):
    """Somebody mentioned robots in a group; a mention of all members does not count."""

    family = "robot"
    identity = ("GroupId", "TopicId", "MsgSeq")
    robots = Texts("AtRobots_Account", "AtRobotAccount", "AtRobot_Account")


class RobotSignal(_OneToOne, command="Chatbot.OnC2CSignalMessage", doc=59057):
    """Somebody sent data to a smart chatbot, which waits for a ``Reply``."""

    family = "robot"
    before = True
    msg_seq = Number("MsgSeq")
    data = Text("Data")
