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
        TextFlaw.control.words.en: TextFlaw.control.words.zh,
        TextFlaw.hidden.words.en: TextFlaw.hidden.words.zh,
        TextFlaw.marks.words.en: TextFlaw.marks.words.zh,
    ]

    /// `#` stands for what is taken over as it is: a number, a list of codes.
    private static let patterns = [
        ("At most # characters.", "最多#个字符。"),
        ("At most # bytes.", "最多#个字节。"),
        ("At most #.", "最多#。"),
        ("# to # characters.", "#至#个字符。"),
        ("This field is required: # to # characters.", "必须填写，#至#个字符。"),
        ("A number from # to #.", "应为#至#的数字。"),
        ("One of #.", "只能是#。"),
        ("One of: #.", "只能是#。"),
        ("At most # days after from.", "最多在from之后#天。"),
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
