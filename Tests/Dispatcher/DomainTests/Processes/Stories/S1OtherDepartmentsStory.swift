import DispatcherDomain
import Testing

@Suite struct `S1, the other five departments` {
    static let seat = Cast.staff("座席", "seat")
    static let sales = Cast.staff("销售", "sales")
    static let lineman = Cast.staff("外线", "engineer", level: 2)
    static let rnd = Cast.staff("研发", "rnd")
    static let good: [String: FieldValue] = ["satisfaction": "good"]

    /// S1.16 to S1.20: red, yellow, green.
    @Test func `sell by orders that change colour`() throws {
        let facts: [String: FieldValue] = ["customer.name": "张三", "customer.address": "南京路 1 号"]
        var walk = try Walk(shipped: "s1-sales", facts)
        try walk.act("query", by: Self.sales, ["product": "打印机"])
        #expect(walk.errands.map(\.kind) == [.stockQuery])
        try walk.act("order", by: Self.sales, ["price": 99900, "quantity": 2])
        #expect(walk.colour == .red)
        try walk.act("print", by: Self.sales)
        #expect(walk.errands.map(\.kind) == [.print])
        #expect(walk.refusal { try $0.act("approve", by: Self.sales) } == .roleMissing)
        try walk.act("reject", by: Cast.manager, reason: "价格不对")
        try walk.act("order", by: Self.sales, ["price": 109900])
        try walk.act("approve", by: Cast.manager)
        #expect(walk.colour == .yellow)
        try walk.act("short", by: Cast.warehouse, reason: "只剩一台")
        #expect(walk.colour == .red)
        try walk.act("approve", by: Cast.manager)
        try walk.act("ship", by: Cast.warehouse, ["waybill": "SF1"])
        #expect(walk.colour == .green)
        #expect(walk.errands.first?.fields["quantity"] == 2)
        var asked = try Walk(shipped: "s1-sales", facts)
        try asked.act("no-order", by: Self.sales, ["product": "打印机"])
        var cancelled = try Walk(shipped: "s1-sales", facts)
        try cancelled.send(.terminate(reason: "不要了"), by: .customer)
        #expect(Coverage.missing(walk.definition, [walk, asked, cancelled]) == [])
    }

    @Test func `repair telephones by what the test says`() throws {
        var walk = try Walk(shipped: "s1-telephone", ["customer.phone1": "65430001"])
        try walk.act("tested", by: Self.seat, ["test": "line"])
        #expect(walk.step == "line")
        #expect(walk.refusal { try $0.act("repaired", by: Cast.engineer) } == .roleMissing)
        try walk.act("not-line", by: Self.lineman, reason: "线路正常")
        #expect(walk.step == "field")
        try walk.act("repaired", by: Cast.engineer)
        try walk.act("fails", by: Self.seat, reason: "杂音")
        try walk.act("tested", by: Self.seat, ["test": "line"])
        try walk.act("repaired", by: Self.lineman)
        try walk.act("works", by: Self.seat, Self.good)
        var fine = try Walk(shipped: "s1-telephone", ["customer.phone1": "65430001"])
        try fine.act("tested", by: Self.seat, ["test": "fine"])
        #expect(fine.step == "call-back")
        var set = try Walk(shipped: "s1-telephone", ["customer.phone1": "65430001"])
        try set.act("tested", by: Self.seat, ["test": "set"])
        #expect(set.step == "field")
        #expect(Coverage.missing(walk.definition, [walk, fine, set]) == [])
    }

    @Test func `serve software remotely, on site, or by a correction`() throws {
        var walk = try Walk(shipped: "s1-software")
        try walk.act("defect", by: Self.seat, ["software": "财务 8.2"], reason: "报错")
        try walk.act("corrected", by: Self.rnd, ["method": "补丁"])
        try walk.act("on-site", by: Self.seat, reason: "客户不会装")
        var site = walk
        try walk.act("solved", by: Cast.engineer, ["method": "装补丁"])
        try walk.act("not-solved", by: Self.seat, reason: "又报错")
        try walk.act("solved", by: Self.seat, ["method": "重启"])
        try walk.act("confirmed", by: Self.seat, Self.good)
        try site.act("defect", by: Cast.engineer, reason: "另一个错")
        #expect(site.step == "correction")
        #expect(Coverage.missing(walk.definition, [walk, site]) == [])
    }

    @Test func `repair other equipment by quotation`() throws {
        var walk = try Walk(shipped: "s1-other", ["product.model": "传真机"])
        try walk.act("taken", by: Self.seat, ["bring": "fetch"])
        try walk.act("fetched", by: Cast.warehouse)
        #expect(walk.refusal { try $0.act("free", by: Cast.engineer, ["diagnosis": "主板"]) } == .conditionFailed)
        try walk.act("quote", by: Cast.engineer, ["diagnosis": "主板", "quote": 30000])
        try walk.timer("remind")
        #expect(walk.notices(to: .customer) == ["remind"])
        try walk.customer("agreed")
        try walk.act("more", by: Cast.engineer, ["diagnosis": "电源也坏", "quote": 45000], reason: "新发现")
        var declined = walk
        try walk.act("agreed", by: Self.seat)
        try walk.act("repaired", by: Cast.engineer, ["method": "换主板和电源"])
        try walk.act("complained", by: Self.seat, reason: "卡纸")
        try walk.act("quote", by: Cast.engineer, ["diagnosis": "搓纸轮", "quote": 0])
        try declined.customer("declined")
        try declined.act("handed", by: Self.seat, Self.good)
        #expect(declined.errands.map(\.kind) == [.payment])
        var warranty = try Walk(shipped: "s1-other", ["product.model": "传真机", "product.warranty": true])
        try warranty.act("taken", by: Self.seat, ["bring": "counter"])
        #expect(warranty.step == "diagnosis")
        try warranty.act("free", by: Cast.engineer, ["diagnosis": "主板"])
        #expect(Coverage.missing(walk.definition, [walk, declined, warranty]) == [])
    }

    @Test func `hear complaints until the customer accepts`() throws {
        var walk = try Walk(shipped: "s1-complaints", ["ticket.description": "师傅迟到"])
        try walk.act("pass-on", by: Self.seat, ["about": "computer"], to: Cast.manager.candidate)
        try walk.timer("late")
        #expect(walk.notices(to: .role("supervisor")) == ["late"])
        try walk.act("answer", by: Cast.manager, ["answer": "堵车"])
        try walk.act("not-enough", by: Cast.supervisor, reason: "没有道歉", to: Cast.manager.candidate)
        try walk.act("answer", by: Cast.manager, ["answer": "已道歉"])
        try walk.act("accept", by: Cast.supervisor, ["measure": "退上门费"])
        try walk.act("not-content", by: Self.seat, reason: "要书面")
        #expect(walk.state.rounds == 2)
        try walk.act("accept", by: Cast.supervisor, ["measure": "书面道歉"])
        try walk.act("content", by: Self.seat)
        #expect(walk.errands.map(\.kind) == [.register])
        var explained = try Walk(shipped: "s1-complaints", ["ticket.description": "等太久"])
        try explained.act("explained", by: Self.seat, reason: "节日")
        #expect(explained.step == "told")
        #expect(Coverage.missing(walk.definition, [walk, explained]) == [])
    }
}
