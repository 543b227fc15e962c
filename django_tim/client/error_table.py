"""The vendor's error codes, one a row: what to raise, and whether to try again by ourselves.

Closed by default: a code that does not stand here is a plain APIError and is not repeated.
Facts from the pages 34348 (error codes) and 34620 (introduction); the client SDKs' own codes
are left out.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from django_tim.exceptions import (
    APIError,
    AuthenticationFailed,
    Conflict,
    LimitReached,
    NotFound,
    NotPermitted,
    RateLimited,
    Refused,
    RequestRejected,
    ServiceUnavailable,
    WrongRegion,
)


class Outcome(enum.Enum):
    """What an error says of the call, and so whether the client may repeat it."""

    FINAL = "final"
    """Not carried out, and a repeat would meet the same answer."""
    REFUSED = "refused"
    """Not carried out because of the moment: a repeat is safe on every endpoint."""
    MAYBE = "maybe"
    """Perhaps carried out: a repeat is safe only on repeatable endpoints."""


FINAL, REFUSED, MAYBE = Outcome.FINAL, Outcome.REFUSED, Outcome.MAYBE


@dataclass(frozen=True, slots=True)
class Row:
    """One code, or the range up to ``to``, as it is meant in one area of the service."""

    code: int
    area: str
    raises: type[APIError]
    outcome: Outcome
    meaning: str
    meaning_zh: str
    to: int | None = None


# fmt: off
ROWS: tuple[Row, ...] = (
    # operation
    Row(1001, "operation", RequestRejected, FINAL, "history download: request path wrong", "请求非法"),
    Row(1002, "operation", RequestRejected, FINAL, "history download: parameter wrong or caller not admin", "参数非法"),
    Row(1003, "operation", ServiceUnavailable, MAYBE, "history download: system error", "系统错误"),
    Row(1004, "operation", NotFound, FINAL, "history download: file not ready yet, or no messages in that hour", "文件未生成或无消息"),
    Row(1005, "operation", NotFound, FINAL, "history download: file expired (7 days)", "文件已过期"),
    # moderation
    Row(2001, "moderation", ServiceUnavailable, MAYBE, "moderation: try again later", "稍后重试"),
    Row(2002, "moderation", NotPermitted, FINAL, "moderation: command not supported", "命令字不支持"),
    Row(2003, "moderation", RequestRejected, FINAL, "moderation: invalid parameter", "参数无效"),
    Row(2004, "moderation", NotPermitted, FINAL, "moderation: no permission", "无权限"),
    Row(2015, "moderation", NotPermitted, FINAL, "moderation service not enabled", "未开启审核服务"),
    Row(2016, "moderation", RequestRejected, FINAL, "more than 10 words in one request", "敏感词超出单次上限"),
    Row(2100, "moderation", ServiceUnavailable, MAYBE, "deleting cloud words failed", "删除云端敏感词失败"),
    # official_account
    Row(6017, "official_account", RequestRejected, FINAL, "official account endpoints reuse the client code 6017 for an invalid parameter", "参数无效"),
    # group
    Row(10001, "group", AuthenticationFailed, FINAL, "not logged in: check admin account and UserSig", "未登录"),
    Row(10002, "group", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(10003, "group", RequestRejected, FINAL, "unknown command name", "接口名错误"),
    Row(10004, "group", RequestRejected, FINAL, "invalid parameter, see ErrorInfo", "参数非法"),
    Row(10005, "group", RequestRejected, FINAL, "too many accounts in the request", "帐号数过多"),
    Row(10006, "group", RateLimited, REFUSED, "operation frequency limit", "操作超频"),
    Row(10007, "group", NotPermitted, FINAL, "no permission, wrong group type for the operation, or caller not admin", "权限不足或群类型不支持"),
    Row(10008, "group", AuthenticationFailed, FINAL, "request invalid, signature data may be wrong; also a plan restriction on message-extension endpoints", "请求非法"),
    Row(10009, "group", NotPermitted, FINAL, "owner may not leave", "群主不能退群"),
    Row(10010, "group", NotFound, FINAL, "group does not exist or was dissolved", "群不存在"),
    Row(10011, "group", RequestRejected, FINAL, "body is not valid JSON", "JSON 解析失败"),
    Row(10012, "group", RequestRejected, FINAL, "operator UserID invalid", "操作者帐号非法"),
    Row(10013, "group", Conflict, FINAL, "already a member", "已是群成员"),
    Row(10014, "group", LimitReached, FINAL, "group full; a batch may fit with fewer users", "群已满员"),
    Row(10015, "group", NotFound, FINAL, "group ID invalid, or group does not exist", "群组 ID 无效"),
    Row(10016, "group", Refused, FINAL, "refused by the app's before-callback", "回调拒绝"),
    Row(10017, "group", Refused, FINAL, "sender muted (in the group or globally)", "被禁言"),
    Row(10018, "group", RequestRejected, FINAL, "answer above 1 MB: ask for less", "应答超过 1MB"),
    Row(10019, "group", NotFound, FINAL, "account does not exist", "帐号不存在"),
    Row(10020, "group", RequestRejected, FINAL, "message too long (12 KB)", "消息过长"),
    Row(10021, "group", Conflict, FINAL, "group ID already used", "群组 ID 已被使用"),
    Row(10023, "group", RateLimited, REFUSED, "group message rate above 40 per second per group", "群发消息超频"),
    Row(10024, "group", Conflict, FINAL, "invitation or application already handled", "邀请或申请已处理"),
    Row(10025, "group", Conflict, FINAL, "group ID used and the operator owns it", "群组 ID 已被自己使用"),
    Row(10026, "group", NotPermitted, FINAL, "command disabled for this app", "命令字被禁用"),
    Row(10030, "group", NotFound, FINAL, "message to recall not found", "待撤回消息不存在"),
    Row(10031, "group", NotPermitted, FINAL, "recall window passed (default 2 minutes)", "撤回超时"),
    Row(10032, "group", NotPermitted, FINAL, "message cannot be recalled", "消息不支持撤回"),
    Row(10033, "group", NotPermitted, FINAL, "group type does not support recall", "群类型不支持撤回"),
    Row(10034, "group", NotPermitted, FINAL, "message type cannot be deleted", "消息不支持删除"),
    Row(10035, "group", NotPermitted, FINAL, "AVChatRoom and BChatRoom do not support deletion", "直播群不支持删除消息"),
    Row(10036, "group", LimitReached, FINAL, "AVChatRoom count limit reached", "直播群数量超限"),
    Row(10037, "group", LimitReached, FINAL, "user's created plus joined group limit reached", "用户建群/入群数超限"),
    Row(10038, "group", LimitReached, FINAL, "member limit of the plan reached", "群成员数超限"),
    Row(10041, "group", NotPermitted, FINAL, "group recall disabled for the app", "应用不支持群消息撤回"),
    Row(10044, "group", NotPermitted, FINAL, "group type has no stored history", "群类型不支持漫游"),
    Row(10045, "group", RequestRejected, FINAL, "group attribute key above 32 bytes", "属性 key 超 32 字节"),
    Row(10046, "group", RequestRejected, FINAL, "group attribute value above 4000 bytes", "属性值超 4000 字节"),
    Row(10047, "group", RequestRejected, FINAL, "more than 16 group attributes", "属性数超 16"),
    Row(10048, "group", RequestRejected, FINAL, "group attribute values above 16000 bytes in sum", "属性总长超 16000 字节"),
    Row(10049, "group", RateLimited, REFUSED, "group attribute writes too frequent", "属性写超频"),
    Row(10050, "group", NotFound, FINAL, "attribute to delete does not exist", "属性不存在"),
    Row(10051, "group", RequestRejected, FINAL, "range of messages to delete too wide", "删除范围过大"),
    Row(10052, "group", NotFound, FINAL, "message to delete not in the group", "消息不存在"),
    Row(10053, "group", RequestRejected, FINAL, "more than 30 mentions", "@ 人数超 30"),
    Row(10054, "group", RequestRejected, FINAL, "too many members: page", "成员过多需分页"),
    Row(10056, "group", ServiceUnavailable, FINAL, "attribute write conflict: read the newest first", "属性写冲突"),
    Row(10058, "group", LimitReached, FINAL, "trial: 100-group limit reached", "体验版群数超 100"),
    Row(10059, "group", NotPermitted, FINAL, "feature needs a higher plan", "需更高版本"),
    Row(10060, "group", LimitReached, FINAL, "group too large for read receipts", "超过已读回执群上限"),
    Row(10061, "group", RequestRejected, FINAL, "online-only messages have no read receipts", "在线消息不支持回执"),
    Row(10062, "group", NotFound, FINAL, "no read-receipt data: it was not asked for at sending", "回执信息不存在"),
    Row(10063, "group", RequestRejected, FINAL, "more than 20 counters", "计数器超过 20"),
    Row(10070, "group", LimitReached, FINAL, "pinned-message limit reached", "置顶消息超限"),
    # app_custom
    Row(10100, "app_custom", Refused, FINAL, "range: custom refusal from the app's group before-callbacks, passed to the caller with its ErrorInfo", "群组前回调自定义错误码", to=10200),
    # group
    Row(11000, "group", NotPermitted, FINAL, "community feature not enabled", "未开通社群"),
    # message
    Row(20001, "message", RequestRejected, FINAL, "invalid request packet", "请求包非法"),
    Row(20002, "message", AuthenticationFailed, FINAL, "UserSig or internal ticket expired", "UserSig 或票据失效"),
    Row(20003, "message", NotFound, FINAL, "sender or receiver UserID invalid or not imported", "收发方帐号无效"),
    Row(20004, "message", ServiceUnavailable, MAYBE, "network problem", "网络异常"),
    Row(20005, "message", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(20006, "message", Refused, FINAL, "refused by the app's before-send callback", "前回调拒绝下发"),
    Row(20007, "message", Refused, FINAL, "receiver blocks the sender", "被对方拉黑"),
    Row(20008, "message", NotPermitted, FINAL, "sender and receiver belong to different apps", "收发方应用不同"),
    Row(20009, "message", Refused, FINAL, "sender and receiver are not friends (friend check enabled)", "互相不是好友"),
    Row(20010, "message", Refused, FINAL, "sender is not a friend of the receiver (one way)", "自己不是对方好友"),
    Row(20011, "message", Refused, FINAL, "receiver is not a friend of the sender (one way)", "对方不是自己好友"),
    Row(20012, "message", Refused, FINAL, "sender globally muted for one-to-one chat", "发送方被禁言"),
    Row(20016, "message", NotPermitted, FINAL, "recall window passed (default 2 minutes)", "撤回超时"),
    Row(20018, "message", ServiceUnavailable, MAYBE, "internal error deleting roaming messages", "删除漫游内部错误"),
    Row(20022, "message", NotFound, FINAL, "message to recall not found", "待撤回消息不存在"),
    Row(20023, "message", Conflict, FINAL, "already recalled", "消息已撤回"),
    Row(20027, "message", ServiceUnavailable, FINAL, "message version conflict: read the newest version first", "消息版本冲突"),
    Row(20028, "message", ServiceUnavailable, FINAL, "concurrent modification conflict", "并发修改冲突"),
    # push
    Row(21005, "push", ServiceUnavailable, MAYBE, "push token arrived before login", "设置 token 早于登录"),
    Row(22001, "push", NotPermitted, FINAL, "no offline-push certificate uploaded", "未上传推送证书"),
    Row(22002, "push", ServiceUnavailable, MAYBE, "network problem", "网络异常"),
    Row(22003, "push", RequestRejected, FINAL, "push token empty", "token 为空"),
    Row(22004, "push", RequestRejected, FINAL, "push token longer than 256 bytes", "token 超长"),
    Row(22005, "push", RequestRejected, FINAL, "login request data above 1024 bytes", "登录数据超 1024 字节"),
    Row(22006, "push", RateLimited, REFUSED, "too frequent", "请求超频"),
    Row(22007, "push", LimitReached, FINAL, "free quota of senders/DAU used up", "DAU 超过免费额度"),
    # msg_ext
    Row(23001, "msg_ext", ServiceUnavailable, FINAL, "message extension: Seq conflict, read the newest Seq first", "扩展 Seq 冲突"),
    Row(23002, "msg_ext", NotPermitted, FINAL, "message does not support extensions", "消息不支持扩展"),
    Row(23003, "msg_ext", RateLimited, REFUSED, "extension writes above 200 per minute on one message", "扩展写超频"),
    Row(23004, "msg_ext", NotFound, FINAL, "message does not exist", "消息不存在"),
    # relation
    Row(30001, "relation", RequestRejected, FINAL, "invalid parameter; also: already a friend, not a friend, already or not in the blocklist", "参数非法或关系状态不符"),
    Row(30002, "relation", RequestRejected, FINAL, "account not valid (older: SDKAppID mismatch)", "帐号非法 / SDKAppID 不匹配"),
    Row(30003, "relation", NotFound, FINAL, "account not imported", "帐号未导入"),
    Row(30004, "relation", NotPermitted, FINAL, "app administrator right needed", "需要管理员权限"),
    Row(30005, "relation", NotPermitted, FINAL, "follow feature not enabled", "未开通关注功能"),
    Row(30006, "relation", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(30007, "relation", ServiceUnavailable, MAYBE, "internal timeout", "内部超时"),
    Row(30008, "relation", ServiceUnavailable, MAYBE, "write conflict between concurrent writes; batch instead", "并发写冲突"),
    Row(30009, "relation", Refused, FINAL, "user barred by the backend from adding friends", "禁止发起加好友"),
    Row(30010, "relation", LimitReached, FINAL, "own friend limit reached", "好友数达上限"),
    Row(30011, "relation", LimitReached, FINAL, "friend-group limit reached", "分组数达上限"),
    Row(30012, "relation", LimitReached, FINAL, "pending request limit reached", "未决数达上限"),
    Row(30013, "relation", LimitReached, FINAL, "blocklist limit reached", "黑名单达上限"),
    Row(30014, "relation", LimitReached, FINAL, "the other side's friend limit reached", "对方好友数达上限"),
    Row(30515, "relation", Refused, FINAL, "target is in own blocklist", "对方在自己黑名单"),
    Row(30516, "relation", Refused, FINAL, "target refuses all friend requests", "对方拒绝任何人加好友"),
    Row(30525, "relation", Refused, FINAL, "requester is in the target's blocklist", "自己在对方黑名单"),
    Row(30540, "relation", RateLimited, MAYBE, "friend request hit the security policy", "加好友被安全策略打击"),
    Row(30614, "relation", NotFound, FINAL, "pending request does not exist", "未决不存在"),
    Row(31704, "relation", NotFound, FINAL, "no friendship with the account to delete", "不存在好友关系"),
    Row(31707, "relation", RateLimited, MAYBE, "friend deletion hit the security policy", "删好友被安全策略打击"),
    Row(31804, "relation", NotFound, FINAL, "pending request to delete does not exist (older: account not found)", "待删除未决不存在"),
    # app_custom
    Row(38000, "app_custom", Refused, FINAL, "range: custom refusal from the app's relationship before-callbacks", "关系链前回调自定义错误码", to=39000),
    # profile
    Row(40001, "profile", RequestRejected, FINAL, "invalid parameter", "参数非法"),
    Row(40002, "profile", RequestRejected, FINAL, "no account named for the profile query", "未指定帐号"),
    Row(40003, "profile", NotFound, FINAL, "account not imported", "帐号未导入"),
    Row(40004, "profile", NotPermitted, FINAL, "app administrator right needed", "需要管理员权限"),
    Row(40006, "profile", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(40007, "profile", NotPermitted, FINAL, "no read right for the field", "字段无读权限"),
    Row(40008, "profile", NotPermitted, FINAL, "no write right for the field", "字段无写权限"),
    Row(40009, "profile", RequestRejected, FINAL, "unknown profile tag", "资料 Tag 不存在"),
    Row(40601, "profile", RequestRejected, FINAL, "field value longer than 500 bytes", "字段值超过 500 字节"),
    Row(40605, "profile", RequestRejected, FINAL, "value not allowed for a standard field", "标配字段值错误"),
    Row(40610, "profile", RequestRejected, FINAL, "value of the wrong type", "字段值类型错误"),
    # recent
    Row(50001, "recent", NotFound, FINAL, "account not imported", "帐号未导入"),
    Row(50002, "recent", RequestRejected, FINAL, "invalid parameter", "参数非法"),
    Row(50003, "recent", NotPermitted, FINAL, "app administrator right needed", "需要管理员权限"),
    Row(50004, "recent", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(50005, "recent", ServiceUnavailable, MAYBE, "internal timeout", "内部超时"),
    Row(51006, "recent", RequestRejected, FINAL, "number of conversations to change is zero or above 100", "会话数为空或超过 100"),
    Row(51007, "recent", NotFound, MAYBE, "group conversation check failed (group gone or user left)", "群会话校验失败"),
    Row(51008, "recent", LimitReached, FINAL, "conversations in groups or marks at the limit (1000)", "分组会话总数达上限"),
    Row(51009, "recent", NotFound, FINAL, "conversation group does not exist", "会话分组不存在"),
    Row(51010, "recent", LimitReached, FINAL, "conversation groups at the limit (20)", "会话分组数达上限"),
    Row(51011, "recent", RequestRejected, FINAL, "conversation group name longer than 32 bytes", "分组名超过 32 字节"),
    Row(51012, "recent", LimitReached, FINAL, "pinned conversations at the limit (50)", "置顶会话达上限"),
    Row(51013, "recent", NotPermitted, FINAL, "marks and groups need the higher edition", "非旗舰版不支持"),
    # rest_common
    Row(60002, "rest_common", RequestRejected, FINAL, "HTTP request could not be parsed; check the URL form", "HTTP 解析失败"),
    Row(60003, "rest_common", RequestRejected, FINAL, "request body is not valid JSON", "请求包 JSON 解析失败"),
    Row(60004, "rest_common", AuthenticationFailed, REFUSED, "account check failed (older text: UserID or UserSig in URL or body wrong)", "帐号校验失败"),
    Row(60005, "rest_common", AuthenticationFailed, REFUSED, "account check failed (older text: UserID or UserSig in URL or body wrong)", "帐号校验失败"),
    Row(60006, "rest_common", AuthenticationFailed, FINAL, "SDKAppID not valid", "SDKAppID 失效"),
    Row(60007, "rest_common", RateLimited, REFUSED, "call frequency of this REST endpoint above its limit", "接口调用超频"),
    Row(60008, "rest_common", ServiceUnavailable, MAYBE, "service timed out, or HTTP request malformed", "服务超时或请求格式错误"),
    Row(60009, "rest_common", RequestRejected, FINAL, "no such resource: wrong request path", "请求资源错误"),
    Row(60010, "rest_common", AuthenticationFailed, FINAL, "identifier is not an app administrator", "需要 App 管理员权限"),
    Row(60011, "rest_common", RateLimited, REFUSED, "request frequency of the whole SDKAppID above its limit", "SDKAppID 超频"),
    Row(60012, "rest_common", AuthenticationFailed, FINAL, "sdkappid missing from the URL", "缺少 SDKAppID"),
    Row(60013, "rest_common", ServiceUnavailable, MAYBE, "backend answer could not be parsed as JSON", "应答 JSON 解析失败"),
    Row(60014, "rest_common", ServiceUnavailable, REFUSED, "account lookup timed out", "帐号校验超时"),
    Row(60015, "rest_common", RequestRejected, FINAL, "UserID in the body is not a string", "UserID 类型错误"),
    Row(60016, "rest_common", NotPermitted, FINAL, "SDKAppID disabled", "SDKAppID 被禁用"),
    Row(60017, "rest_common", NotPermitted, FINAL, "request (command) disabled", "请求被禁用"),
    Row(60018, "rest_common", RateLimited, REFUSED, "requests too frequent", "请求过于频繁"),
    Row(60019, "rest_common", RateLimited, REFUSED, "requests too frequent", "请求过于频繁"),
    Row(60020, "rest_common", NotPermitted, FINAL, "service unavailable: no plan, plan expired, feature not bought, or account in arrears", "套餐到期或欠费，服务不可用"),
    Row(60021, "rest_common", NotPermitted, FINAL, "caller's source IP not allowed for REST calls", "来源 IP 非法"),
    # moderation
    Row(60022, "moderation", NotPermitted, FINAL, "content moderation: internal request error", "审核请求内部错误"),
    # rest_common
    Row(60025, "rest_common", AuthenticationFailed, FINAL, "sdkappid, identifier, usersig or contenttype in the URL wrong", "URL 参数错误"),
    Row(60026, "rest_common", WrongRegion, FINAL, "host name does not belong to the data center of this SDKAppID", "域名与应用站点不匹配"),
    Row(60027, "rest_common", NotPermitted, FINAL, "product type of this app may not call this endpoint (push-only app)", "不允许访问非推送产品接口"),
    Row(60028, "rest_common", RateLimited, FINAL, "trial edition: REST request quota for 24 hours used up", "体验版 24 小时调用量超限"),
    # login
    Row(70001, "login", AuthenticationFailed, FINAL, "UserSig expired", "UserSig 过期"),
    Row(70002, "login", AuthenticationFailed, FINAL, "UserSig is empty", "UserSig 为空"),
    Row(70003, "login", AuthenticationFailed, FINAL, "UserSig malformed or truncated", "UserSig 非法"),
    Row(70004, "login", AuthenticationFailed, FINAL, "UserSig malformed or truncated", "UserSig 非法"),
    Row(70005, "login", AuthenticationFailed, FINAL, "UserSig malformed", "UserSig 非法"),
    Row(70006, "login", AuthenticationFailed, FINAL, "UserSig check failed", "UserSig 校验失败"),
    Row(70007, "login", AuthenticationFailed, FINAL, "UserSig check failed", "UserSig 校验失败"),
    Row(70008, "login", AuthenticationFailed, FINAL, "UserSig check failed", "UserSig 校验失败"),
    Row(70009, "login", AuthenticationFailed, FINAL, "UserSig signature mismatch: key of another SDKAppID", "UserSig 密钥不匹配"),
    Row(70010, "login", AuthenticationFailed, FINAL, "UserSig check failed", "UserSig 校验失败"),
    Row(70013, "login", AuthenticationFailed, FINAL, "UserID differs from the one in the UserSig", "UserID 与 UserSig 不符"),
    Row(70014, "login", AuthenticationFailed, FINAL, "SDKAppID differs from the one in the UserSig", "SDKAppID 与 UserSig 不符"),
    Row(70015, "login", AuthenticationFailed, FINAL, "no verification method for this app and account type", "找不到验证方式"),
    Row(70016, "login", WrongRegion, FINAL, "no key stored for the app (often the wrong data center)", "密钥不存在"),
    Row(70017, "login", ServiceUnavailable, MAYBE, "third-party ticket check timed out", "第三方票据验证超时"),
    Row(70018, "login", AuthenticationFailed, FINAL, "third-party ticket check failed", "第三方票据验证失败"),
    Row(70019, "login", AuthenticationFailed, FINAL, "ticket field empty", "票据为空"),
    Row(70020, "login", WrongRegion, FINAL, "SDKAppID not found (often the wrong data center)", "SDKAppID 不存在"),
    Row(70050, "login", RateLimited, MAYBE, "too many failed UserSig checks; wait one minute", "UserSig 校验过于频繁"),
    Row(70051, "login", NotPermitted, FINAL, "account blocked", "帐号被拉黑"),
    Row(70052, "login", AuthenticationFailed, FINAL, "UserSig no longer valid; issue a new one", "UserSig 已失效"),
    Row(70101, "login", RequestRejected, FINAL, "empty request packet (SDK V3: ticket expired)", "请求包为空"),
    Row(70102, "login", RequestRejected, FINAL, "wrong account type in the request", "帐号类型错误"),
    Row(70103, "login", RequestRejected, FINAL, "wrong phone number format", "手机号格式错误"),
    Row(70104, "login", RequestRejected, FINAL, "wrong e-mail format", "邮箱格式错误"),
    Row(70105, "login", RequestRejected, FINAL, "wrong TLS account format", "TLS 帐号格式错误"),
    Row(70106, "login", RequestRejected, FINAL, "invalid account format type", "帐号格式类型非法"),
    Row(70107, "login", NotFound, FINAL, "UserID was never imported", "帐号不存在（未导入）"),
    Row(70113, "login", RequestRejected, FINAL, "invalid count in a batch request", "批量数量不合法"),
    Row(70114, "login", RateLimited, MAYBE, "login restricted for security reasons", "安全限制登录"),
    Row(70115, "login", NotPermitted, FINAL, "uin is not the developer of the app", "非应用开发者"),
    Row(70140, "login", RequestRejected, FINAL, "SDKAppID and account type do not match", "SDKAppID 与 acctype 不匹配"),
    Row(70145, "login", RequestRejected, FINAL, "wrong account type", "帐号类型错误"),
    Row(70169, "login", ServiceUnavailable, MAYBE, "internal timeout", "内部超时"),
    Row(70201, "login", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(70202, "login", ServiceUnavailable, MAYBE, "internal timeout", "内部超时"),
    Row(70203, "login", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(70204, "login", RequestRejected, FINAL, "SDKAppID has no account type", "无对应 acctype"),
    Row(70205, "login", ServiceUnavailable, MAYBE, "account type lookup failed", "查找 acctype 失败"),
    Row(70206, "login", RequestRejected, FINAL, "batch size not allowed", "批量数量不合法"),
    Row(70207, "login", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(70208, "login", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(70209, "login", ServiceUnavailable, MAYBE, "developer uin lookup failed", "获取开发者 uin 失败"),
    Row(70210, "login", NotPermitted, FINAL, "uin in the request is not the developer's", "uin 非开发者"),
    Row(70211, "login", RequestRejected, FINAL, "invalid uin in the request", "uin 非法"),
    Row(70212, "login", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(70213, "login", ServiceUnavailable, MAYBE, "internal data access failed", "访问内部数据失败"),
    Row(70214, "login", AuthenticationFailed, FINAL, "internal ticket check failed", "内部票据验证失败"),
    Row(70221, "login", AuthenticationFailed, FINAL, "login state invalid; authenticate again with a UserSig", "登录态无效"),
    Row(70222, "login", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(70225, "login", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(70231, "login", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(70236, "login", AuthenticationFailed, FINAL, "user signature check failed", "用户签名验证失败"),
    Row(70308, "login", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(70346, "login", AuthenticationFailed, FINAL, "ticket check failed", "票据校验失败"),
    Row(70347, "login", AuthenticationFailed, FINAL, "ticket expired", "票据过期"),
    Row(70348, "login", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(70362, "login", ServiceUnavailable, MAYBE, "internal timeout", "内部超时"),
    Row(70398, "login", LimitReached, FINAL, "account count limit reached (trial: 100 accounts)", "帐号数超限"),
    Row(70399, "login", NotPermitted, FINAL, "non-trial app: a deleted account cannot be imported again for three months", "删除后三个月内不可重新导入"),
    Row(70401, "login", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(70402, "login", RequestRejected, FINAL, "invalid parameter: a required field is missing or malformed", "参数非法"),
    Row(70403, "login", NotPermitted, FINAL, "app administrator right needed", "需要管理员权限"),
    Row(70404, "login", NotPermitted, FINAL, "client SDK version too old", "SDK 版本过低"),
    Row(70500, "login", ServiceUnavailable, MAYBE, "internal server error", "服务器内部错误"),
    Row(71000, "login", NotPermitted, FINAL, "this app does not support account deletion (console switch)", "不支持删除帐号"),
    Row(72000, "login", LimitReached, FINAL, "trial: daily active users above the free quota", "DAU 超过免费额度"),
    Row(72001, "login", NotPermitted, FINAL, "user-status query and notification not enabled in the console", "未开启用户状态功能"),
    Row(72002, "login", LimitReached, FINAL, "trial: monthly active users above the free quota", "MAU 超过免费额度"),
    Row(72010, "login", RateLimited, MAYBE, "login, logout, foreground, background or push-setting requests of one user too frequent", "单用户请求超频"),
    Row(72011, "login", NotPermitted, FINAL, "global do-not-disturb not enabled in the console", "未开启全局免打扰"),
    Row(72012, "login", NotPermitted, FINAL, "user-profile change subscription not enabled in the console", "未开启资料变更订阅"),
    # message
    Row(80001, "message", Refused, FINAL, "text blocked by content safety", "文本含敏感内容"),
    Row(80002, "message", RequestRejected, FINAL, "message body too long (12 KB; older text 8 KB)", "消息包体过长"),
    Row(80003, "message", ServiceUnavailable, MAYBE, "before-send callback failed or timed out and the console policy is to refuse", "前回调失败且策略为不下发"),
    Row(80004, "message", Refused, FINAL, "image blocked by content safety", "图片含敏感内容"),
    Row(80005, "message", NotPermitted, FINAL, "service deactivated (expired or in arrears); on older topic pages: safety check timed out", "服务停用 / 安全检查超时"),
    Row(90001, "message", RequestRejected, FINAL, "body is not valid JSON; push endpoints also use it for a bad field", "JSON 解析失败"),
    Row(90002, "message", RequestRejected, FINAL, "MsgBody malformed or not an array", "MsgBody 格式错误"),
    Row(90003, "message", RequestRejected, FINAL, "To_Account missing or unknown", "To_Account 错误"),
    Row(90004, "message", RequestRejected, FINAL, "MsgSeq invalid", "MsgSeq 非法"),
    Row(90005, "message", RequestRejected, FINAL, "MsgRandom missing or not an integer", "MsgRandom 错误"),
    Row(90006, "message", RequestRejected, FINAL, "MsgTimeStamp missing or not an integer", "MsgTimeStamp 错误"),
    Row(90007, "message", RequestRejected, FINAL, "MsgBody is not an array", "MsgBody 类型错误"),
    Row(90008, "message", RequestRejected, FINAL, "From_Account missing or unknown", "From_Account 错误"),
    Row(90009, "message", NotPermitted, FINAL, "app administrator right needed", "需要管理员权限"),
    Row(90010, "message", RequestRejected, FINAL, "message does not follow the element format", "消息格式错误"),
    Row(90011, "message", RequestRejected, FINAL, "more than 500 receivers in a batch", "目标帐号超过 500"),
    Row(90012, "message", NotFound, FINAL, "To_Account not imported", "To_Account 未注册"),
    Row(90018, "message", RequestRejected, FINAL, "too many accounts in the request", "帐号数超限"),
    # push
    Row(90020, "push", RequestRejected, FINAL, "tag longer than 50 bytes", "标签过长"),
    Row(90022, "push", RequestRejected, FINAL, "same tag in TagsOr and TagsAnd", "标签条件重复"),
    Row(90024, "push", RateLimited, REFUSED, "pushes must be more than 1 second apart", "推送过于频繁"),
    # message
    Row(90026, "message", RequestRejected, FINAL, "MsgLifeTime above 7 days", "离线存储时间错误"),
    Row(90028, "message", RequestRejected, FINAL, "To_Account of a batch send is not an array", "To_Account 非数组"),
    Row(90029, "message", RequestRejected, FINAL, "To_Account array empty", "To_Account 为空"),
    Row(90030, "message", RequestRejected, FINAL, "SyncFromOldSystem wrong (import); older table: attribute length 0 or above 50", "SyncFromOldSystem 错误 / 属性长度错误"),
    Row(90031, "message", RequestRejected, FINAL, "SyncOtherMachine is not an integer", "SyncOtherMachine 类型错误"),
    # push
    Row(90032, "push", RequestRejected, FINAL, "more than 10 tags", "标签数超过 10"),
    Row(90033, "push", RequestRejected, FINAL, "attribute invalid", "属性无效"),
    Row(90034, "push", RequestRejected, FINAL, "tag longer than 50", "标签长度超过 50"),
    Row(90039, "push", RequestRejected, FINAL, "attribute and tag conditions cannot be combined", "属性与标签条件不能并存"),
    Row(90040, "push", RequestRejected, FINAL, "empty tag in the condition", "标签为空"),
    # message
    Row(90043, "message", RequestRejected, FINAL, "OfflinePushInfo malformed", "OfflinePushInfo 格式错误"),
    Row(90044, "message", RequestRejected, FINAL, "MsgLifeTime is not an integer", "MsgLifeTime 类型错误"),
    # push
    Row(90045, "push", NotPermitted, FINAL, "push service not enabled", "未开通全员推送"),
    Row(90047, "push", RateLimited, FINAL, "daily push quota used up (default 100)", "当日推送次数超限"),
    # message
    Row(90048, "message", NotFound, FINAL, "account does not exist", "帐号不存在"),
    # push: page 74196
    Row(90049, "push", NotFound, FINAL, "revoke: no push has this TaskId", "TaskId 无效"),
    Row(90050, "push", Conflict, FINAL, "revoke: the push was revoked already", "重复撤回"),
    Row(90051, "push", RateLimited, REFUSED, "revoke: more than one a second", "撤回过于频繁"),
    Row(90052, "push", NotPermitted, FINAL, "revoke: the push is more than 24 hours old", "撤回已过有效期"),
    Row(90053, "push", RequestRejected, FINAL, "revoke: OfflinePushInfo is needed for this push", "撤回缺少 OfflinePushInfo"),
    Row(90056, "push", RequestRejected, FINAL, "push to all: the body is longer than 10 KB", "全员推送包体过长"),
    # message
    Row(90054, "message", RequestRejected, FINAL, "MsgKey missing or malformed", "MsgKey 非法"),
    Row(90055, "message", RequestRejected, FINAL, "batch message body too long (12 KB; older text 8 KB)", "批量消息包体过长"),
    Row(90057, "message", RateLimited, REFUSED, "batch send above the allowed rate; in timpush/batch: DataId longer than 64 bytes", "批量发送超频"),
    Row(90057, "timpush", RequestRejected, FINAL, "timpush/batch: DataId longer than 64 bytes", "DataId 超过 64 字节"),
    Row(90992, "message", ServiceUnavailable, MAYBE, "internal error, often the app's callback answer was missing or wrong", "内部错误或回调异常"),
    Row(90994, "message", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(90995, "message", ServiceUnavailable, MAYBE, "internal error, or message too long", "内部错误或消息过长"),
    Row(91000, "message", ServiceUnavailable, MAYBE, "internal error", "内部错误"),
    Row(91101, "message", NotPermitted, FINAL, "web long polling kicked: too many web instances", "Web 实例超限被踢"),
    Row(93000, "message", RequestRejected, FINAL, "JSON body too long (12 KB); content moderation: content above 8 KB", "JSON 包体过长"),
    # moderation
    Row(93001, "moderation", ServiceUnavailable, MAYBE, "moderation internal error", "审核内部错误"),
    Row(93005, "moderation", RequestRejected, FINAL, "batch moderation accepts text and images only", "批量审核仅支持图文"),
    Row(93006, "moderation", ServiceUnavailable, MAYBE, "batch moderation timed out (5 s)", "批量审核超时"),
    Row(93007, "moderation", RequestRejected, FINAL, "duplicate ContentId", "ContentId 重复"),
    Row(93008, "moderation", RequestRejected, FINAL, "more than 10 items in a batch moderation", "批量审核超过 10 条"),
    # live
    Row(100001, "live", ServiceUnavailable, MAYBE, "live_config endpoints: internal error", "内部错误"),
    Row(100002, "live", RequestRejected, FINAL, "live_config endpoints: invalid parameter", "参数非法"),
    Row(100302, "live", NotPermitted, FINAL, "live_config: callback token not configured", "鉴权配置不存在"),
    # topic
    Row(110002, "topic", ServiceUnavailable, MAYBE, "dissolving the topic failed, see ErrorInfo", "解散话题失败"),
    Row(110003, "topic", NotFound, FINAL, "topic already deleted", "话题已删除"),
    Row(110006, "topic", NotFound, FINAL, "permission group does not exist or was deleted", "权限组不存在"),
    Row(110007, "topic", ServiceUnavailable, MAYBE, "deleting the permission group failed", "权限组删除失败"),
    Row(110008, "topic", NotFound, FINAL, "permission group does not exist", "权限组不存在"),
    Row(110010, "topic", Conflict, FINAL, "topic already in the permission group", "话题已在权限组"),
    Row(110011, "topic", RequestRejected, FINAL, "topic not in the permission group", "话题不在权限组"),
    Row(110012, "topic", LimitReached, FINAL, "too many permission-group members", "权限组成员超限"),
    Row(110013, "topic", RequestRejected, FINAL, "invalid topic ID", "话题 ID 无效"),
    Row(110014, "topic", NotFound, FINAL, "topic permission already deleted", "话题权限已删除"),
    # resource
    Row(114000, "resource", NotFound, FINAL, "file to send does not exist", "资源不存在"),
    Row(114001, "resource", NotPermitted, FINAL, "file not readable", "资源不可访问"),
    Row(114002, "resource", RequestRejected, FINAL, "file too large", "文件过大"),
    Row(114003, "resource", APIError, FINAL, "sending cancelled", "用户取消"),
    Row(114004, "resource", ServiceUnavailable, MAYBE, "reading the file failed", "读取失败"),
    Row(114005, "resource", ServiceUnavailable, MAYBE, "transfer timed out", "传输超时"),
    Row(114011, "resource", RequestRejected, FINAL, "invalid parameter", "参数非法"),
    Row(115066, "resource", ServiceUnavailable, MAYBE, "file MD5 mismatch", "文件 MD5 校验失败"),
    Row(115068, "resource", ServiceUnavailable, MAYBE, "part MD5 mismatch", "分片 MD5 校验失败"),
    # app_custom
    Row(120001, "app_custom", Refused, FINAL, "range: custom refusal from the app's one-to-one before-send callback (and official account before-send)", "单聊前回调自定义错误码", to=130000),
    # mute
    Row(130001, "mute", RequestRejected, FINAL, "openconfigsvr: body is not valid JSON", "JSON 解析失败"),
    Row(130002, "mute", RequestRejected, FINAL, "openconfigsvr: Get_Account missing", "缺少 Get_Account"),
    # official_account
    Row(130002, "official_account", NotPermitted, FINAL, "no permission on the official account (not subscribed or not manager)", "公众号权限不足"),
    # mute
    Row(130003, "mute", RequestRejected, FINAL, "openconfigsvr: Get_Account invalid", "Get_Account 无效"),
    Row(130004, "mute", RequestRejected, FINAL, "openconfigsvr: Set_Account missing", "缺少 Set_Account"),
    # official_account
    Row(130004, "official_account", NotFound, FINAL, "official account does not exist or was destroyed", "公众号不存在"),
    # mute
    Row(130005, "mute", RequestRejected, FINAL, "openconfigsvr: Set_Account invalid", "Set_Account 无效"),
    # official_account
    Row(130005, "official_account", Conflict, FINAL, "already subscribed", "已订阅"),
    Row(130006, "official_account", LimitReached, FINAL, "subscriber limit reached", "订阅人数已满"),
    Row(130007, "official_account", RequestRejected, FINAL, "official account ID malformed", "公众号 ID 格式错误"),
    # mute
    Row(130008, "mute", RequestRejected, FINAL, "openconfigsvr: neither mute time given", "未填禁言时长"),
    # official_account
    Row(130008, "official_account", Conflict, FINAL, "official account ID already used", "公众号 ID 已被使用"),
    Row(130009, "official_account", NotPermitted, FINAL, "official account does not support message deletion", "不支持删除消息"),
    # operation
    Row(130009, "operation", ServiceUnavailable, MAYBE, "getappinfo: database open error", "SQL Open 错误"),
    # official_account
    Row(130010, "official_account", LimitReached, FINAL, "number of official accounts created or joined above the limit", "公众号数量超限"),
    # operation
    Row(130010, "operation", ServiceUnavailable, MAYBE, "getappinfo: database ping error", "SQL Ping 错误"),
    Row(130011, "operation", ServiceUnavailable, MAYBE, "getappinfo: database query error", "SQL 查询错误"),
    Row(130012, "operation", ServiceUnavailable, MAYBE, "getappinfo: database result error", "SQL 结果解析错误"),
    # mute
    Row(130014, "mute", ServiceUnavailable, MAYBE, "openconfigsvr: system error", "系统错误"),
    # official_account
    Row(131000, "official_account", NotPermitted, FINAL, "official account service not enabled", "未开通公众号"),
    Row(131003, "official_account", NotFound, FINAL, "no subscription data: user not subscribed", "未找到订阅信息"),
    Row(131005, "official_account", NotPermitted, FINAL, "client SDK too old for official accounts", "SDK 版本过低"),
    # offline_push
    Row(-203, "offline_push", APIError, FINAL, "Huawei daily limit", "华为日推送限制"),
    Row(-202, "offline_push", APIError, FINAL, "push object could not be built", "构建推送对象失败"),
    Row(-201, "offline_push", APIError, FINAL, "check failed, e.g. token or certificate ID", "合法性检查失败"),
    Row(-200, "offline_push", APIError, FINAL, "IM backend network fault", "后台网络错误"),
    Row(-199, "offline_push", APIError, FINAL, "vendor network fault", "厂商网络异常"),
    Row(-198, "offline_push", APIError, FINAL, "vendor refused", "厂商响应错误"),
    Row(-197, "offline_push", APIError, FINAL, "certificate wrong", "证书错误"),
    Row(-196, "offline_push", APIError, FINAL, "intent chosen but no intent value", "intent 缺失"),
    Row(-195, "offline_push", APIError, FINAL, "Google push object could not be built, mostly a certificate fault", "谷歌推送构建失败"),
)
# fmt: on
