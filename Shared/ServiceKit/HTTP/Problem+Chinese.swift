import HTTPTypes
import Kernel

/// The Chinese of what the suite's problems say in English. What is not here is said by the common words of its type, of
/// its code or of its status: never in the other language.
enum ProblemChinese {
    static func title(_ problem: Problem) -> String {
        titles[problem.title] ?? byStatus(problem.status)
    }

    static func byStatus(_ status: HTTPResponse.Status) -> String {
        switch status.code {
        case 400: "请求无法读取"
        case 401: "请先登录"
        case 403: "没有权限"
        case 404: "没有找到"
        case 405: "不支持该方法"
        case 409: "与目前的状态冲突"
        case 413: "请求过大"
        case 415: "内容类型不能接受"
        case 422: "有字段不能接受"
        case 429: "请求过多"
        case 503: "暂时不能处理"
        default: status.code < 500 ? "请求不能接受" : "服务发生故障"
        }
    }

    private static let titles = [
        "The work order does not allow this now": "工单目前不能这样办理",
        "The process cannot be read": "流程无法读取",
        "The work order cannot be read": "工单无法读取",
        "The definition cannot be put in force": "流程定义不能生效",
        "There is this version already": "此版本已存在",
        "The calendar has no answer": "日历无法推算",
        "Login or password is wrong.": "账号或密码错误",
        "Too many failed sign-ins.": "登录失败次数过多",
        "The session is over.": "登录已失效",
        "Nobody here is known by this account.": "此账号没有对应的员工",
        "The sign-in did not succeed.": "登录未成功",
        "There is no such ticket": "没有此工单",
        "Which ticket?": "请指明工单",
        "Too many wrong contacts": "联系方式多次不符",
        "The Idempotency-Key header is missing": "缺少Idempotency-Key请求头",
        "The Idempotency-Key header is malformed": "Idempotency-Key请求头格式不对",
    ]

    /// What a detail says; nil when only the common words can say it.
    static func detail(_ english: String) -> String? { details[english] ?? filled(english, patterns) }

    private static let details = [
        "There is no such address.": "没有此地址。",
        "There is no such work order in your departments.": "您的部门中没有此工单。",
        "There is no such ticket in your departments.": "您的部门中没有此工单。",
        "There is no such member of staff in your departments.": "您的部门中没有此员工。",
        "There is no such errand in your departments.": "您的部门中没有此待办。",
        "There is no clocks of such a work order in your departments.": "您的部门中没有此工单的时限。",
        "There is no such clock.": "没有此时限。",
        "There is no such department.": "没有此部门。",
        "There is no such skill.": "没有此技能。",
        "There is no such territory.": "没有此区域。",
        "There is no such shift.": "没有此班次。",
        "There is no such role.": "没有此角色。",
        "There is no such policy.": "没有此政策。",
        "There is no such calendar.": "没有此日历。",
        "There is no such customer.": "没有此客户。",
        "There is no such session of yours.": "您没有此登录会话。",
        "There is no such leave that you may see.": "没有您可查看的此请假。",
        "There is no such file that you may see.": "没有您可查看的此文件。",
        "There is no such line in your departments.": "您的部门中没有这笔费用。",
        "There is no such payment in your departments.": "您的部门中没有这笔收款。",
        "There is no such version of a process.": "没有流程的这个版本。",
        "There is no such duty in your departments.": "您的部门中没有此值班。",
        "There is no such appointment.": "没有此预约。",
        "There is no such request in your departments.": "您的部门中没有此申请。",
        "There is no such part, or no such work order in your departments.": "没有这种配件，或您的部门中没有此工单。",
        "There is no such job need.": "没有此作业要求。",
        "There is no such offer to you.": "没有给您的这次派单。",
        "There is no such call-back in your departments.": "您的部门中没有此回访。",
        "There is no such month of a station of yours.": "您的服务站没有这个月份。",
        "There is no such number.": "没有此序号。",
        "There is no such process.": "没有此流程。",
        "There is no such part.": "没有这种配件。",
        "There is no territory for this place.": "此地没有负责的区域。",
        "There is no provider of identities here.": "此处没有设置身份提供方。",
        "There is no access token.": "缺少访问令牌，请先登录。",
        "Your session was ended, or you are no active member of staff.": "您的登录已被结束，或您已不是在职员工。",
        "The database does not answer.": "数据库没有响应，请稍后再试。",
        "The body has not come to its end.": "请求正文不完整。",
        "The body cannot be read; is it UTF-8?": "请求正文无法读取，请确认是UTF-8。",
        "Too many people sign in at once.": "同时登录的人过多，请稍后再试。",
        "Give the ticket's number, and as contact the last four digits of your telephone or your mail address.":
            "请填写工单号，以及报修电话的后四位或报修邮箱。",
        "Name the ticket by its number: ?ticket=T1000001": "请写明工单号：?ticket=T1000001",
    ]

    /// What a field's fault says.
    static func fault(_ english: String) -> String? { faults[english] ?? filled(english, patterns) }

    private static let faults = [
        "Each command has a number of its own.": "每条命令的序号不能重复。",
        "Each command has an id of its own.": "每条命令的编号不能重复。",
        "From 1.": "从1开始。",
        "It is missing: fen, a whole number.": "必须填写：以分为单位的整数。",
        "It is there already.": "已经在那里了。",
        "One by one: each has a number of its own.": "有序列号的配件须逐件登记。",
        "Such a movement has none.": "这种移动不填此项。",
        "The code of an action.": "应为操作的代码。",
        "The cursor of an earlier answer, or nothing.": "应为上次回答的游标，或留空。",
        "The first piece tells the digest of the whole: Repr-Digest: sha-256=:…:":
            "第一段须写明整个文件的摘要：Repr-Digest: sha-256=:…:",
        "The number of a visit, from 1.": "应为上门序号，从1开始。",
        "The number of what was built in.": "必须填写装上配件的序列号。",
        "A text, a number, true or false, a list of texts, or null.": "应为文字、数字、true或false、文字列表，或null。",
        "There is no such part.": "没有这种配件。",
        "It is the number of the new one.": "与新件编号相同。",
        "There is no such place.": "没有这个库存地点。",
        "There is no such visit.": "没有这张服务单。",
        "There is no such skill.": "没有这种技能。",
        "This part is not kept any more.": "这种配件已停用。",
        "True or false.": "应为true或false。",
        "What it was used for.": "必须写明用于哪张工单。",
        "Why it is gone.": "必须写明原因。",
        "`headquarters`, `station:CODE` or `engineer:ID`.": "应为headquarters、station:代码或engineer:编号。",
        "It is missing.": "必须填写。",
        "is missing": "必须填写。",
        "must not be null": "不能为空。",
        "It is empty.": "不能为空。",
        "It holds a NUL character.": "含有NUL字符。",
        "It holds a NUL.": "含有NUL字符。",
        "must be a text": "应为文字。",
        "must be true or false": "应为true或false。",
        "true or false.": "应为true或false。",
        "must be a whole number": "应为整数。",
        "must be a number": "应为数字。",
        "must be a list": "应为列表。",
        "must be of another kind": "类型不对。",
        "must be a whole number that is not too large": "应为不过大的整数。",
        "has a form that is not taken": "格式不对。",
        "A UUID.": "应为UUID。",
        "A time such as 2026-11-22T08:30:00Z.": "时间的格式如2026-11-22T08:30:00Z。",
        "A day such as 2026-11-22.": "日期的格式如2026-11-22。",
        "An e-mail address.": "应为邮箱地址。",
        "A mail address: name@example.cn.": "邮箱地址，如name@example.cn。",
        "A telephone number: 13800138000, 010-65551234 or +44 20 7946 0000.":
            "电话号码，如13800138000、010-65551234或+44 20 7946 0000。",
        "A telephone number such as 138 0013 8000 or +86 21 5555 0000.": "电话号码，如138 0013 8000或+86 21 5555 0000。",
        "An id is a UUID of 36 characters.": "应为36个字符的UUID。",
        "A customer who is not known yet needs a name.": "新客户必须填写姓名。",
        "There is no such customer.": "没有此客户。",
        "There is no such department.": "没有此部门。",
        "There is no such member of staff.": "没有此员工。",
        "There is no such station.": "没有此服务站。",
        "There is no such field.": "没有此字段。",
        "Name somebody.": "请指明人员。",
        "Name a member of staff.": "请指明一位员工。",
        "Name staff, or a station.": "请指明员工或服务站。",
        "Name somebody who sees work of the department.": "请指明能查看该部门工单的员工。",
        "Say why.": "请说明原因。",
        "Say why, in 5 to 500 characters.": "请用5至500个字符说明原因。",
        "The new password.": "请填写新密码。",
        "The version that you have looked at.": "请写明您所查看的版本。",
        "Small letters, digits and dashes, a letter first, at most 40.": "小写字母、数字和短横线，以字母开头，最多40个字符。",
        "Letters, digits, dots, dashes, a letter first.": "字母、数字、点和短横线，以字母开头。",
        "A time zone by its IANA name, such as Asia/Shanghai.": "IANA时区名，如Asia/Shanghai。",
        "Name a policy or calendars.": "请写明政策或日历。",
        "A key that cannot be.": "没有这样的代码。",
        "Versions are counted from 1.": "版本从1开始。",
        "1 (worst) to 5.": "1（最差）至5。",
        "1 to 40 small letters, digits and dashes, a letter first": "1至40个小写字母、数字和短横线，以字母开头。",
        "A division code of 2, 4 or 6 digits.": "行政区划代码，2、4或6位数字。",
        "A leave can be entered at most 60 days afterwards.": "最多只能补登60天前的请假。",
        "A list of ids.": "应为编号的列表。",
        "A login stays what it is.": "账号不能更改。",
        "A role of a process, no built-in one.": "应为流程自定的角色，不是内置角色。",
        "A ticket number of 1 to 40 bytes.": "工单号，1至40字节。",
        "A time of this era.": "时间超出可用的范围。",
        "A version, from 1.": "版本号，从1开始。",
        "After from, and at most 92 days later.": "应在from之后，最多相隔92天。",
        "An engineer's level, 1 to 3.": "工程师级别，1至3。",
        "At least one role.": "至少要有一个角色。",
        "Four digits of your telephone, or your mail address.": "报修电话的后四位，或报修邮箱。",
        "Hours such as 08:30-12:00 13:30-17:30; 22:00-06:00 goes over midnight.":
            "时段如08:30-12:00 13:30-17:30；22:00-06:00跨过午夜。",
        "It must be after the begin.": "必须晚于开始时间。",
        "It must be after from.": "必须晚于from。",
        "It stands in the list twice.": "在列表中重复。",
        "Nobody was reached.": "没有联系上客户，不能填写。",
        "Not before from, and at most 92 days later.": "不能早于from，最多相隔92天。",
        "Only engineers have a level.": "只有工程师才有级别。",
        "Say what an event without X-APPLE-SPECIAL-DAY is: closed or ignored.":
            "请说明没有X-APPLE-SPECIAL-DAY的事件如何处理：closed或ignored。",
        "Set message_id to the request's own id, 1 to 255 bytes.": "请把message_id设为请求自己的编号，1至255字节。",
        "Set user_id to your login, so that the broker vouches for you.": "请把user_id设为您的账号，由消息服务器证明身份。",
        "The version that you looked at.": "请写明您所查看的版本。",
        "Which of the offers.": "请指明选择哪一项。",
        "Years such as 2026, the first one first.": "年份如2026，先小后大。",
        "a limit is at most some ten years": "时限最多约十年。",
        "an empty list fits nothing; leave the field out for all": "空列表什么也不匹配；要匹配全部，请去掉此字段。",
        "this field is needed": "必须填写。",
        "this is no policy file": "这不是政策文件。",
        "this is no calendar file": "这不是日历文件。",
        "at most 1 MB": "最多1 MB。",
        "at most 200 characters": "最多200个字符。",
        "at most 200 characters for each language": "每种语言最多200个字符。",
        "never used: the row names this timer before": "用不到：此行前面已写过这个时限。",
        "ics or list.": "只能是ics或list。",
        "no such time zone; write an IANA name such as Asia/Shanghai": "没有此时区；请写IANA时区名，如Asia/Shanghai。",
        "versions are counted from 1": "版本从1开始。",
        "The id of an offer.": "请写明派单的编号。",
        "The number of the visit that was signed.": "请写明客户签字的是第几次上门。",
        "This kind is about the work order, not about a visit.": "此操作针对工单本身，请勿填写上门。",
        "There is no such offer of this work order or visit.": "此工单或上门没有这条派单。",
        "The customer's signature.": "请附上客户签名。",
        "Only with the kind action.": "仅当kind为action时才能填写。",
        "There is no such process.": "没有此流程。",
        TextFlaw.control.words.en: TextFlaw.control.words.zh,
        TextFlaw.hidden.words.en: TextFlaw.hidden.words.zh,
        TextFlaw.marks.words.en: TextFlaw.marks.words.zh,
    ]

    /// `#` stands for what is taken over as it is: a number, a list of codes.
    private static let patterns = [
        ("At most # characters.", "最多#个字符。"),
        ("At most # commands.", "最多#个操作。"),
        ("At most # bytes.", "最多#个字节。"),
        ("At most #.", "最多#。"),
        ("# to # characters.", "#至#个字符。"),
        ("This field is required: # to # characters.", "必须填写，#至#个字符。"),
        ("A number from # to #.", "应为#至#的数字。"),
        ("One of #.", "只能是#。"),
        ("One of: #.", "只能是#。"),
        ("At most # days after from.", "最多在from之后#天。"),
        ("1 to # days.", "1至#天。"),
        ("No definition names this role. Known: #", "没有流程使用此角色。已知：#"),
        ("Set type to #, or leave it out.", "请把type设为#，或去掉它。"),
        ("at most #, and each point once", "最多#个，且每个时点只写一次。"),
        ("at most # dates", "最多#个日期。"),
        ("never used: row # decides first; put this row above it", "用不到：第#行先匹配；请把此行放到它前面。"),
        ("one of #, not #", "只能是#之一；收到的是：#"),
        ("more than # dates", "超过#个日期。"),
        ("at most # rows of # targets", "最多#行，每行最多#个时限。"),
        ("no such calendar; there are: #", "没有此日历；现有：#"),
        ("# is no year that can be computed with", "#不是可以推算的年份。"),
        ("not a time such as 2026-11-22T08:30:00+08:00: #", "时间写作2026-11-22T08:30:00+08:00；收到的是：#"),
        ("a date is written 2026-02-17, not #", "日期写作2026-02-17；收到的是：#"),
        ("hours are written 09:00-12:00 or 22:00-06:00, not #", "时段写作09:00-12:00或22:00-06:00；收到的是：#"),
        ("write one of remind: [who], nextLevel: true, action: name", "请写remind: [谁]、nextLevel: true或action: 名称之一。"),
        ("write the years, [2026, 2027], or #", "请写年份，如[2026, 2027]，或#"),
        ("This address takes #.", "此地址支持#。"),
        ("This needs one of the roles #.", "需要以下角色之一：#。"),
        ("This errand is for the role #.", "此待办由角色#办理。"),
        ("The body may have at most # bytes.", "请求正文最多#个字节。"),
        ("The body is no JSON; look at line #, column #.", "请求正文不是JSON，请查看第#行第#列。"),
        ("The JSON is nested more than # levels deep.", "JSON嵌套超过#层。"),
    ]

    private static func filled(_ english: String, _ patterns: [(String, String)]) -> String? {
        for (pattern, chinese) in patterns {
            if let parts = parts(english[...], pattern.split(separator: "#", omittingEmptySubsequences: false)) {
                let pieces = chinese.split(separator: "#", omittingEmptySubsequences: false)
                var said = String(pieces[0])
                for (part, piece) in zip(parts, pieces.dropFirst()) { said += part + piece }
                return said
            }
        }
        return nil
    }

    /// What stands between `fixed`, which begin and end the text; nil when it does not have them.
    private static func parts(_ text: Substring, _ fixed: [Substring]) -> [Substring]? {
        guard var rest = fixed.first.flatMap({ text.hasPrefix($0) ? text.dropFirst($0.count) : nil }) else {
            return nil
        }
        var parts: [Substring] = []
        for (place, piece) in fixed.enumerated().dropFirst() {
            if place == fixed.count - 1 {
                guard rest.hasSuffix(piece) else { return nil }
                parts.append(rest.dropLast(piece.count))
            } else {
                guard let range = rest.firstRange(of: piece) else { return nil }
                parts.append(rest[..<range.lowerBound])
                rest = rest[range.upperBound...]
            }
        }
        return parts
    }
}
