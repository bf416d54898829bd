import DispatcherDomain
import Testing

@Suite struct `The check of a definition` {
    static func codes(_ steps: String, more: String = "") -> [String] {
        let text = "process: x\nversion: 1\ntitle: 例 / Example\n\(more)\nsteps:\n" + steps
        return `A definition`.faults(text).map(\.code)
    }

    static let end = "  done: {title: 完 / Done, end: done}\n"

    static func step(_ rest: String) -> String { "  new: {title: 新 / New, owner: desk, \(rest)}\n" }

    static let finish = "finish: {title: 完 / Finish, by: owner, to: done}"

    @Test func `is content with a whole one`() {
        #expect(Self.codes(Self.step("actions: {\(Self.finish)}") + Self.end) == [])
    }

    @Test(arguments: [
        ("{to: customer, text: 好了 / Ready}", []), ("{to: [desk, customer], text: '{{number}} <b> / {{x}}'}", []),
        ("{to: customer, text: Ready}", ["value.words"]),
        ("{to: customer, text: \"好\\n了 / Ready\"}", ["value.range"]),
        ("{to: customer, text: 好了 / \(String(repeating: "x", count: 201))}", ["value.range"]),
        ("{to: desk, text: 好了 / Ready}", ["value.unknown"]),
    ])
    func `takes words for the customer that are one short line in both languages`(notify: String, expected: [String]) {
        let finish = "finish: {title: 完 / Finish, by: owner, to: done, notify: \(notify)}"
        #expect(Self.codes(Self.step("actions: {\(finish)}") + Self.end) == expected)
    }

    @Test func `warns where a role without members and a kind that is not taken are named`() throws {
        let text = """
            process: x
            version: 1
            title: 例 / Example
            serves: {kinds: [repair, washing]}
            roles:
              washer: 清洗员 / Washer
              dryer: 烘干员 / Dryer
            use:
              requirement-review: {approved: new, rejected: done}
            steps:
              new:
                title: 新 / New
                owner: washer
                actions:
                  finish: {title: 完 / Finish, by: [owner, dryer], to: done}
                  review: {title: 审 / Review, by: owner, to: requirement-review}
              done: {title: 完 / Done, end: done}
            """
        let read = try ProcessDefinition.read(text, fragments: ShippedProcesses.fragments)
        let told = { (members: Set<String>, kinds: [String]?) in
            read.beside([], rolesWithMembers: members, kindsTaken: kinds).warnings.map { "\($0.at) \($0.code)" }
        }
        #expect(
            told(["product"], ["repair"]) == ["7:3 role.no-members", "6:3 role.no-members", "4:26 kind.not-taken"])
        #expect(told(["product", "washer", "dryer"], ["repair", "washing"]) == [])
        #expect(told(["washer", "dryer", "product"], nil) == [])
    }

    @Test func `finds dead ends`() {
        let lost = "  lost: {title: 丢 / Lost, owner: desk, actions: {x: {title: 等 / Wait, by: owner}}}\n"
        let steps =
            Self.step("actions: {\(Self.finish), lose: {title: 丢 / Lose, by: owner, to: lost}}") + lost + Self.end
        #expect(Self.codes(steps) == ["step.dead-end"])
        #expect(Self.codes(Self.step("actions: {x: {title: 等 / Wait, by: owner}}")).contains("step.no-end"))
    }

    @Test(arguments: ["back", "stay"]) func `finds steps whose name means something else`(name: String) {
        let steps = Self.step("actions: {finish: {title: 完 / Finish, by: owner, to: \(name)}}")
        #expect(Self.codes(steps + "  \(name): {title: 完 / Done, end: done}\n").contains("step.reserved"))
    }

    @Test func `finds steps that nothing leads to`() {
        let lone = "  lone: {title: 孤 / Lone, owner: desk, actions: {\(Self.finish)}}\n"
        #expect(Self.codes(Self.step("actions: {\(Self.finish)}") + lone + Self.end) == ["step.unreachable"])
    }

    @Test(arguments: [
        "finish: {title: 完 / Finish, to: done}", "finish: {title: 完 / Finish, by: timer, to: done}",
        "finish: {title: 完 / Finish, by: visit, to: done}", "finish: {title: 完 / Finish, by: work, to: done}",
        "finish: {title: 完 / Finish, by: responsible, to: done}",
    ])
    func `finds actions that nobody may take`(action: String) {
        #expect(Self.codes(Self.step("actions: {\(action)}") + Self.end).contains("action.nobody"))
    }

    @Test func `finds an owner's action where nobody owns`() {
        let steps = "  new: {title: 新 / New, actions: {\(Self.finish)}}\n" + Self.end
        #expect(Self.codes(steps) == ["action.nobody"])
    }

    @Test func `finds timers without a target, and with a wrong one`() {
        let timer = { (rest: String) in
            Self.codes(
                Self.step("actions: {\(Self.finish)}, timers: {late: {title: 迟 / Late, after: 5 min\(rest)}}")
                    + Self.end)
        }
        #expect(timer("") == ["timer.no-target"])
        #expect(timer(", do: finsh") == ["action.unknown"])
        #expect(timer(", do: finish") == ["timer.not-taker"])
        #expect(timer(", notify: owner") == [])
    }

    @Test func `finds fields that nobody fills, and that nobody reads`() {
        let unfilled = "fields: {a: {title: 甲 / A}}"
        #expect(Self.codes(Self.step("actions: {\(Self.finish)}") + Self.end, more: unfilled) == ["field.never-filled"])
        let unread = "fields: {a: {title: 甲 / A, visible-to: finance}}\nopening: {fill: a}"
        #expect(Self.codes(Self.step("actions: {\(Self.finish)}") + Self.end, more: unread) == ["field.never-read"])
        let set = "fields: {a: {title: 甲 / A, type: flag}}"
        let wrong = "actions: {finish: {title: 完 / Finish, by: owner, to: done, set: {a: perhaps}}}"
        #expect(Self.codes(Self.step(wrong) + Self.end, more: set) == ["set.type"])
    }

    @Test func `finds fields that somebody must fill in and may not see`() {
        let secret = "fields: {a: {title: 甲 / A, visible-to: finance}}"
        let needs = { (by: String) in
            Self.codes(
                Self.step("actions: {finish: {title: 完 / Finish, by: \(by), require: a, to: done}}") + Self.end,
                more: secret)
        }
        #expect(needs("finance") == [])
        #expect(needs("owner").contains("field.unseen"))
        #expect(needs("[finance, customer]") == ["field.unseen"])
    }

    @Test func `finds a timer that waits for an action of another step`() {
        let timer = "timers: {late: {title: 迟 / Late, after: 1 day, since: wrote, notify: owner}}"
        #expect(Self.codes(Self.step("actions: {\(Self.finish)}, \(timer)") + Self.end) == ["action.unknown"])
        let wrote = "wrote: {title: 写 / Wrote, by: owner}"
        #expect(Self.codes(Self.step("actions: {\(Self.finish), \(wrote)}, \(timer)") + Self.end) == [])
    }

    @Test func `finds clocks that never run`() {
        let clock = "clocks: {slow: {title: 慢 / Slow}}"
        #expect(Self.codes(Self.step("actions: {\(Self.finish)}") + Self.end, more: clock) == ["clock.never-runs"])
        #expect(Self.codes(Self.step("clocks: slow, actions: {\(Self.finish)}") + Self.end, more: clock) == [])
        #expect(
            Self.codes(Self.step("clocks: slo, actions: {\(Self.finish)}") + Self.end, more: clock).contains(
                "clock.unknown"))
    }

    @Test func `finds routes that leave no way`() {
        let go = "  go: {title: 走 / Go, routes: [{when: work.rounds > 1, to: done}]}\n"
        let steps = Self.step("actions: {finish: {title: 完 / Finish, by: owner, to: go}}") + go + Self.end
        #expect(Self.codes(steps) == ["route.no-last"])
    }

    /// `last.FIELD` is a field of the visit alone; whom `own` names is one of two.
    @Test func `finds carried fields that the visit has not`() {
        func codes(_ effect: String) -> [String] {
            Self.codes(
                Self.step("actions: {finish: {title: 完 / Finish, by: owner, to: done, open-visit: \(effect)}}")
                    + Self.end
                        + """
                        visit:
                          title: 上门 / Visit
                          fields: {note: {title: 备注 / Note}}
                          steps:
                            there: {title: 现场 / There, owner: engineer, actions: {done: {title: 完 / Done, by: owner, fill: note, to: over}}}
                            over: {title: 毕 / Over, end: done}

                        """)
        }
        #expect(codes("{carry: last.note, own: keep}") == [])
        #expect(codes("{carry: last.notes}") == ["field.unknown"])
        #expect(codes("{carry: note}") == ["field.unknown"])
        #expect(codes("{own: nobody}") == ["value.unknown"])
    }

    @Test func `finds visits where there are none, and a way back from nowhere`() {
        let visit = "actions: {finish: {title: 完 / Finish, by: owner, to: done, open-visit: yes}}"
        #expect(Self.codes(Self.step(visit) + Self.end) == ["visit.none"])
        let back = "actions: {\(Self.finish), home: {title: 回 / Home, by: owner, to: back}}"
        #expect(Self.codes(Self.step(back) + Self.end) == ["target.back"])
    }

    @Test func `finds a vendor that is asked before he has anything`() {
        let ask = "ask: {title: 问 / Ask, by: owner, track-vendor: yes}"
        #expect(Self.codes(Self.step("actions: {\(ask), \(Self.finish)}") + Self.end) == ["vendor.none"])
        let give = "give: {title: 交 / Give, by: owner, require: v, hand-over: {vendor: v}}"
        let vendor = "fields: {v: {title: 厂 / Vendor}}"
        let both = Self.step("actions: {\(ask), \(give), \(Self.finish)}") + Self.end
        #expect(Self.codes(both, more: vendor) == [])
    }

    @Test func `finds a fragment's open exits`() {
        let steps = Self.step("actions: {\(Self.finish)}") + Self.end
        let text =
            "process: x\nversion: 1\ntitle: 例 / Example\nuse: {requirement-review: {approved: done}}\nsteps:\n" + steps
        do throws(InvalidDefinition) {
            _ = try ProcessDefinition.read(text, fragments: ShippedProcesses.fragments)
            Issue.record("it was taken")
        } catch {
            #expect(error.faults.map(\.code).contains("key.missing"))
        }
    }

    @Test(arguments: [
        ("timers: {late: {title: 晚 / Late, after: 1 h, at: appointment, notify: owner}}", "timer.both"),
        ("routes: [{to: new}]", "route.ring"),
    ])
    func `finds steps that contradict themselves`(rest: String, code: String) {
        let actions = code == "route.ring" ? "" : ", actions: {\(Self.finish)}"
        #expect(Self.codes(Self.step(rest + actions) + Self.end).contains(code))
    }

    @Test func `finds routes that go round without a stop, and lets others come back to a stop`() {
        let round = """
              a: {title: 甲 / A, routes: [{when: ticket.in_hours, to: b}, {to: done}]}
              b: {title: 乙 / B, routes: [{when: product.warranty, to: %@}, {to: done}]}

            """
        let steps = Self.step("actions: {\(Self.finish), look: {title: 看 / Look, by: owner, to: a}}")
        func codes(_ target: String) -> [String] {
            Self.codes(steps + round.replacing("%@", with: target) + Self.end)
        }
        #expect(codes("a") == ["route.ring"])
        #expect(codes("new") == [])
    }

    @Test(arguments: [
        ("{title: 例 / X, type: number, min: 9, max: 3}", "field.range"),
        ("{title: 例 / X, visible-to: []}", "field.nobody"),
        ("{title: 例 / X, type: number, from: customer.phone1}", "field.from"),
        ("{title: 例 / X, type: text, from: ticket.in_hours}", "field.from"),
        ("{title: 例 / X, type: date, from: ticket.created}", nil),
    ])
    func `finds fields that nothing fits, or nobody sees`(field: String, code: String?) {
        let filled = "finish: {title: 完 / Finish, by: owner, fill: x, to: done}"
        let codes = Self.codes(Self.step("actions: {\(filled)}") + Self.end, more: "fields: {x: \(field)}")
        #expect(codes == [code].compactMap { $0 })
    }

    @Test(arguments: ["owner", "customer", "desk"]) func `finds a role whose name is taken`(name: String) {
        let codes = Self.codes(
            Self.step("actions: {\(Self.finish)}") + Self.end, more: "roles: {\(name): 例 / Example}")
        #expect(codes == ["role.reserved"])
    }

    @Test(arguments: [("done", []), ("new", ["terminate.no-end"])])
    func `finds a termination that ends nothing`(target: String, expected: [String]) {
        let codes = Self.codes(
            Self.step("actions: {\(Self.finish)}") + Self.end, more: "terminate: {by: owner, to: \(target)}")
        #expect(codes == expected)
    }

    @Test func `lets a definition go on that was accepted before this was told`() throws {
        let clock = "clocks: {slow: {title: 慢 / Slow}}"
        let ring = """
            process: x
            version: 1
            title: 例 / Example
            \(clock)
            roles: {owner: 例 / Example}
            steps:
              new: {title: 新 / New, owner: desk, actions: {go: {title: 去 / Go, by: owner, to: a}}}
              a: {title: 甲 / A, clocks: slow, routes: [{when: ticket.in_hours, to: a}, {to: done}]}
              done: {title: 完 / Done, end: done}
            """
        #expect(Set(`A definition`.faults(ring).map(\.code)) == ["clock.in-route", "role.reserved", "route.ring"])
        #expect(try ProcessDefinition.readStored(ring).code == "x")
        #expect(throws: InvalidDefinition.self) {
            try ProcessDefinition.readStored(ring.replacing("to: a}", with: "to: b}"))
        }
    }
}
