import Kernel
import Yams

extension DefinitionReader {
    static let standingKeys = ["aside", "suspend", "terminate", "urge", "copy", "delegate", "transfer"]

    func standing(_ map: YAMLMap) -> StandingRules {
        var rules = StandingRules()
        rules.aside = body(map, "aside", ["by", "in", "reasons", "pauses", "follow-up", "at-most"]).map(aside)
        rules.suspend = body(map, "suspend", ["by", "in", "approval", "pauses", "resume-by"]).map { map in
            let rule = standing(rule: map)
            let resumers = takers(map["resume-by"])
            return SuspendRule(
                rule: rule, approval: references(map["approval"]?.node), pauses: references(map["pauses"]?.node),
                resumers: resumers.isEmpty ? rule.takers : resumers)
        }
        rules.terminate = body(map, "terminate", ["by", "in", "approval", "to"]).flatMap { map in
            guard let target = references(map["to"]?.node).first else {
                missing("to", at: map.at, example: "`to: terminated`")
                return nil
            }
            return TerminateRule(
                rule: standing(rule: map), approval: references(map["approval"]?.node), target: target)
        }
        rules.urge = body(map, "urge", ["by", "in", "tell", "cool-down", "escalate-at"] + Self.effectKeys).map { map in
            UrgeRule(
                rule: standing(rule: map), recipients: recipients(map["tell"]?.node),
                coolDown: limit(map["cool-down"]?.node), escalateAt: number(map["escalate-at"], in: 1...100),
                effects: effects(in: map, occasion: "urged"))
        }
        rules.copy = body(map, "copy", ["by", "in"]).map(standing(rule:))
        rules.delegate = body(map, "delegate", ["by", "in"]).map(standing(rule:))
        rules.transfer = body(map, "transfer", ["by", "in", "tell", "visits"]).map { map in
            TransferRule(
                rule: standing(rule: map), recipients: recipients(map["tell"]?.node), visits: flag(map["visits"]))
        }
        return rules
    }

    private func body(_ map: YAMLMap, _ key: String, _ keys: [String]) -> YAMLMap? {
        guard let entry = map[key], let body = self.map(entry.node, Phrase(zh: key, en: "`\(key)`")) else { return nil }
        allow(keys, in: body)
        return body
    }

    private func standing(rule map: YAMLMap) -> StandingRule {
        StandingRule(takers: takers(map["by"]), steps: references(map["in"]?.node), at: map.at)
    }

    private func aside(_ map: YAMLMap) -> AsideRule {
        let reasons = choices(map["reasons"])
        if reasons.isEmpty {
            missing("reasons", at: map.at, example: "`reasons: {ask-method: 请教处理办法 / Asking for the method}`")
        }
        return AsideRule(
            rule: standing(rule: map), reasons: reasons, pauses: references(map["pauses"]?.node),
            followUp: map["follow-up"].flatMap(followUp), limit: limit(map["at-most"]?.node))
    }

    private func followUp(_ entry: YAMLMap.Entry) -> AsideRule.FollowUp? {
        guard let map = map(entry.node, Phrase(zh: "follow-up", en: "`follow-up`")) else { return nil }
        allow(["every", "times", "tell", "occasion", "then"], in: map)
        guard let every = limit(map["every"]?.node) else {
            if map["every"] == nil { missing("every", at: entry.at, example: "`every: 1 working day`") }
            return nil
        }
        let then = references(map["then"]?.node).first
        return AsideRule.FollowUp(
            every: every, times: number(map["times"], in: 1...20) ?? 1, recipients: recipients(map["tell"]?.node),
            occasion: references(map["occasion"]?.node).first.map { code($0.code, at: $0.at) } ?? "aside",
            action: then?.code == "resume" ? nil : then, at: entry.at)
    }
}
