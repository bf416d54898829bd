import Kernel

extension Facts {
    /// What a fact is called, where people read a condition.
    static let titles: [String: Phrase] = [
        "ticket.kind": Phrase(zh: "业务种类", en: "kind"), "ticket.urgency": Phrase(zh: "紧急程度", en: "urgency"),
        "ticket.channel": Phrase(zh: "渠道", en: "channel"), "ticket.source": Phrase(zh: "来源", en: "source"),
        "ticket.key": Phrase(zh: "按键", en: "telephone key"), "ticket.topic": Phrase(zh: "主题", en: "topic"),
        "ticket.subject": Phrase(zh: "标题", en: "subject"), "ticket.description": Phrase(zh: "描述", en: "description"),
        "ticket.number": Phrase(zh: "工单号", en: "ticket number"), "ticket.created": Phrase(zh: "受理时间", en: "opened at"),
        "ticket.in_hours": Phrase(zh: "在工作时间内", en: "in working hours"),
        "customer.name": Phrase(zh: "客户姓名", en: "customer's name"),
        "customer.level": Phrase(zh: "客户级别", en: "customer's level"),
        "customer.type": Phrase(zh: "客户类型", en: "customer's type"),
        "customer.organisation": Phrase(zh: "客户单位", en: "customer's organisation"),
        "customer.department": Phrase(zh: "客户部门", en: "customer's department"),
        "customer.contact": Phrase(zh: "联系人", en: "contact"), "customer.address": Phrase(zh: "地址", en: "address"),
        "customer.phone1": Phrase(zh: "电话1", en: "telephone 1"),
        "customer.phone2": Phrase(zh: "电话2", en: "telephone 2"),
        "customer.mobile": Phrase(zh: "手机", en: "mobile"), "customer.pager": Phrase(zh: "寻呼机", en: "pager"),
        "customer.email": Phrase(zh: "邮箱", en: "e-mail"),
        "customer.contract": Phrase(zh: "有合同", en: "has a contract"),
        "product.model": Phrase(zh: "型号", en: "model"), "product.serial": Phrase(zh: "序列号", en: "serial number"),
        "product.warranty": Phrase(zh: "在保修期内", en: "under warranty"),
        "work.number": Phrase(zh: "工单号", en: "number"), "work.rounds": Phrase(zh: "返工次数", en: "rounds of rework"),
        "work.visits": Phrase(zh: "上门次数", en: "visits"),
        "work.open_visits": Phrase(zh: "未结束的上门", en: "open visits"),
        "work.urges": Phrase(zh: "催办次数", en: "urges"), "work.transfers": Phrase(zh: "转派次数", en: "transfers"),
        "work.at_vendor": Phrase(zh: "在厂商处", en: "at the vendor's"),
        "visit.number": Phrase(zh: "第几次上门", en: "number of the visit"),
        "visit.code": Phrase(zh: "服务单号", en: "number of the visit's sheet"),
    ]
}
