public import Kernel

extension Problem {
    /// What every problem of a common type says in Chinese, beside its title.
    var commonWords: Phrase? {
        let chinese: [String: String] = [
            "invalid": "有字段不能接受。",
            "not-found": "没有找到。",
            "malformed": "请求无法读取。",
            "unavailable": "暂时不能处理，请稍后再试。",
            "sign-in-needed": "请先登录。",
            "forbidden": "您没有此权限。",
            "internal": "服务发生故障，请将traceId告知运维人员。",
            "method-not-allowed": "此地址不支持该方法。",
            "too-large": "请求过大。",
            "headers-too-large": "请求头过大。",
            "unsupported-media-type": "请以application/json发送。",
            "sign-in-failed": "账号或密码错误。",
            "sign-in-locked": "失败次数过多，请稍后再试。",
            "idempotency-key-missing": "缺少Idempotency-Key请求头。",
            "idempotency-key-malformed": "Idempotency-Key请求头格式不对。",
            "idempotency-key-reused": "此Idempotency-Key已用于另一请求。",
            "too-many-guesses": "多次填写的联系方式与此工单不符，请稍后再试。",
            "not-offered": "目前不能这样办理，请刷新后查看可以办理的事项。",
        ]
        let own = detail.flatMap(ProblemChinese.detail)
        return (own ?? chinese[type]).map { Phrase(zh: $0, en: detail ?? title) }
    }

    /// What is wrong with a field, in both languages. A message of two halves, `没有这个字段 / there is no such field`, is
    /// taken apart.
    public static func words(of fault: FieldFault) -> Phrase {
        let halves = fault.message.ranges(of: " / ")
        if !halves.isEmpty {
            let middle = halves[halves.count / 2]
            let (zh, en) = (fault.message[..<middle.lowerBound], fault.message[middle.upperBound...])
            if zh.unicodeScalars.contains(where: { (0x4E00...0x9FFF).contains($0.value) }) {
                return Phrase(zh: String(zh), en: String(en))
            }
        }
        let chinese = ProblemChinese.fault(fault.message) ?? chinese(ofFault: fault.code) ?? "不能接受。"
        return Phrase(zh: chinese, en: fault.message)
    }

    private static func chinese(ofFault code: String) -> String? {
        switch code {
        case "required": "必须填写。"
        case "tooLong": "过长。"
        case "malformed": "格式不对。"
        case "unknownValue": "不在可选的值之内。"
        case "unknownField": "没有此字段。"
        case "conflict": "与其他内容冲突。"
        default: nil
        }
    }
}
