"""Groups, their members and their topics."""

from __future__ import annotations

from .base import GroupScoped, MemberList
from .fields import Each, Number, Objects, Pairs, Text, Texts


class BeforeGroupCreate(
    GroupScoped, MemberList, command="Group.CallbackBeforeCreateGroup", doc=34368
):
    """Somebody wants to create a group, which has no ID yet."""

    before = True
    owner = Text("Owner_Account")
    name = Text("Name")
    created_num = Number("CreateGroupNum")


class GroupCreated(GroupScoped, MemberList, command="Group.CallbackAfterCreateGroup", doc=34369):
    """A group was created, with these members beside its owner."""

    owner = Text("Owner_Account")
    name = Text("Name")
    introduction = Text("Introduction")
    notification = Text("Notification")
    custom_fields = Pairs("UserDefinedDataList", "Key", "Value")


class BeforeApplyJoin(GroupScoped, command="Group.CallbackBeforeApplyJoinGroup", doc=34370):
    """Somebody asks to join; letting it through does not replace an admin's approval."""

    before = True
    user_id = Text("Requestor_Account", "Requester_Account")


class BeforeInviteJoin(GroupScoped, command="Group.CallbackBeforeInviteJoinGroup", doc=34371):
    """Somebody wants to bring these accounts in. ``Veto(user_ids=…)`` keeps out some of them."""

    before = True
    user_ids = Each("DestinationMembers", "Member_Account")


class MembersJoined(GroupScoped, command="Group.CallbackAfterNewMemberJoin", doc=34372):
    """Accounts have joined; ``join_type`` is Apply or Invited."""

    join_type = Text("JoinType")
    user_ids = Each("NewMemberList", "Member_Account")


class MembersLeft(GroupScoped, command="Group.CallbackAfterMemberExit", doc=34373):
    """Members have left; ``exit_type`` is Kicked or Quit."""

    exit_type = Text("ExitType")
    user_ids = Each("ExitMemberList", "Member_Account")


class MemberChanged(GroupScoped, command="Group.CallbackAfterMemberFieldChanged", doc=60393):
    """A member's role or name card was changed; the payload holds only what was."""

    user_id = Text("Member_Account", "Modified_Account")
    role = Text("Role")
    name_card = Text("NameCard")


class MemberStateChanged(
    GroupScoped, MemberList, command="Group.CallbackOnMemberStateChange", doc=48734
):
    """People of a live group came or went; ``event_type`` is Online or Offline."""

    event_type = Text("EventType")
    cause = Text("EventCause")


class OwnerChanged(GroupScoped, command="Group.CallbackAfterChangeGroupOwner", doc=60396):
    """A group was given to another owner."""

    old_owner = Text("OldOwner_Account")
    new_owner = Text("NewOwner_Account")


class GroupInfoChanged(GroupScoped, command="Group.CallbackAfterGroupInfoChanged", doc=34378):
    """A group's name, introduction, notice or avatar was changed; only what was is there."""

    name = Text("Name")
    introduction = Text("Introduction")
    notification = Text("Notification")
    face_url = Text("FaceUrl")


class GroupAttributesChanged(GroupScoped, command="Group.CallbackAfterGroupAttrChanged", doc=60394):
    """Attributes of a group were changed; ``option`` is set, modify, clear or delete."""

    option = Text("OptionType")
    attributes = Pairs("GroupAttr", "key", "value")


class GroupFull(GroupScoped, command="Group.CallbackAfterGroupFull", doc=34376):
    """A group is full. It comes again whenever somebody can't get in."""


class GroupDissolved(
    GroupScoped, MemberList, command="Group.CallbackAfterGroupDestroyed", doc=34377
):
    """A group was dissolved. A Community's members are not named."""

    owner = Text("Owner_Account")
    name = Text("Name")


class GroupQuotaAlarm(GroupScoped, command="Group.CallbackOnDailyGroupQuotaAlarm", doc=57455):
    """More than 70 % of the groups that may be created today have been."""

    used = Number("QuotaUsed")
    quota = Number("Quota")


class BeforeTopicCreate(GroupScoped, command="Group.CallbackBeforeCreateTopic", doc=49463):
    """Somebody wants to create a topic in a community."""

    before = True
    name = Text("Name")


class TopicCreated(GroupScoped, command="Group.CallbackAfterCreateTopic", doc=49464):
    """A topic was created in a community."""

    topic_id = Text("TopicId", "TopicID")
    owner = Text("Owner_Account")
    name = Text("Name")
    custom_fields = Pairs("UserDefinedDataList", "Key", "Value")


class TopicsDissolved(GroupScoped, command="Group.CallbackAfterTopicDestroyed", doc=49465):
    """Topics of a community were dissolved."""

    topic_ids = Texts("TopicIdList", "TopicIDList")


class TopicInfoChanged(GroupScoped, command="Group.CallbackAfterTopicInfoChanged", doc=49466):
    """A topic's name, introduction, notice or avatar was changed; only what was is there."""

    topic_id = Text("TopicId", "TopicID")
    name = Text("Name")
    introduction = Text("Introduction")
    notification = Text("Notification")
    face_url = Text("FaceUrl")


class GroupReadReceipt(GroupScoped, command="Group.CallbackAfterReadReceipt", doc=60395):
    """Members have read messages: the counts of each, and who."""

    family = "message"
    receipts = Objects("GroupMsgReceiptList")
