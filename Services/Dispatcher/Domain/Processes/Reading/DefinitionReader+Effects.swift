import Foundation
import Kernel
import Yams

extension DefinitionReader {
    static let plainEffectKeys = [
        "open-visit", "offer", "notify", "work", "visit", "set", "hand-over", "track-vendor", "take-back",
    ]
    static let effectKeys = plainEffectKeys + ErrandKind.allCases.map(\.rawValue)

    /// The effects among the entries, in the order of the file.
    ///
    /// - Parameter occasion: under which a notice goes out that names no occasion of its own.
    func effects(in map: YAMLMap, occasion: String) -> [ProcessEffect] {
        map.entries.filter { Self.effectKeys.contains($0.key) }.flatMap { effects($0, occasion: occasion) }
    }

    private func effects(_ entry: YAMLMap.Entry, occasion: String) -> [ProcessEffect] {
        switch entry.key {
        case "open-visit": return [openVisit(entry)]
        case "offer": return choice(entry.node, ProcessEffect.OfferTo.self).map { [.offer($0)] } ?? []
        case "notify": return [notify(entry, occasion: occasion)].compactMap { $0 }
        case "work": return references(entry.node).map { .work($0) }
        case "visit": return references(entry.node).map { .visit($0) }
        case "set": return set(entry)
        case "hand-over": return [handOver(entry)].compactMap { $0 }
        case "track-vendor": return flag(entry) ? [.trackVendor] : []
        case "take-back": return flag(entry) ? [.takeBack] : []
        default: return ErrandKind(rawValue: entry.key).map { [.errand(errand($0, entry))] } ?? []
        }
    }

    private func openVisit(_ entry: YAMLMap.Entry) -> ProcessEffect {
        guard case .mapping = entry.node, let map = map(entry.node, Phrase(zh: "open-visit", en: "`open-visit`")) else {
            _ = flag(entry)
            return .openVisit(carry: [], own: nil, at: entry.at)
        }
        allow(["carry", "own"], in: map)
        let own = references(map["own"]?.node).first
        let rule = own.flatMap { ProcessEffect.VisitOwner(rawValue: $0.code) }
        if let own, rule == nil { unknown(own.code, ProcessEffect.VisitOwner.allCases.map(\.rawValue), at: own.at) }
        return .openVisit(carry: references(map["carry"]?.node), own: rule, at: entry.at)
    }

    private func notify(_ entry: YAMLMap.Entry, occasion: String) -> ProcessEffect? {
        guard case .mapping = entry.node else {
            return .notify(recipients(entry.node), occasion: occasion, text: nil, at: entry.at)
        }
        guard let map = map(entry.node, Phrase(zh: "notify", en: "`notify`")) else { return nil }
        allow(["to", "occasion", "text"], in: map)
        let named = references(map["occasion"]?.node).first.map { code($0.code, at: $0.at) }
        let told = recipients(map["to"]?.node)
        return .notify(
            told, occasion: named ?? occasion, text: map["text"].map { message($0, to: told) }, at: entry.at)
    }

    /// `text: 中文 / English`: data for the templates and never one itself, so whatever stands in it is read as it is.
    private func message(_ entry: YAMLMap.Entry, to recipients: [Recipient]) -> Phrase {
        let words = words(entry.node)
        let isPlain = [words.zh, words.en].allSatisfy { text in
            text.count <= Notice.longestText
                && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
        }
        if !isPlain {
            fault(
                "value.range", at: Position(entry.node), zh: "每种语言最多 \(Notice.longestText) 字，只能一行",
                en: "at most \(Notice.longestText) characters in each language, on one line")
        }
        if !recipients.contains(.customer) {
            fault(
                "value.unknown", at: Position(entry.node), zh: "text 是给客户的话，`to:` 里却没有 customer",
                en: "`text` is what the customer reads, and `to:` does not name him")
        }
        return words
    }

    func recipients(_ node: Node?) -> [Recipient] {
        references(node).map { reference in
            switch reference.code {
            case "customer": return .customer
            case "owner": return .owner
            case "previous-owner": return .previousOwner
            case "responsible": return .responsible
            case "copied": return .copied
            default:
                roleUses.append(reference)
                return .role(reference.code)
            }
        }
    }

    /// `set: {valid: no, closed_at: now, by: actor, remark: ''}`.
    private func set(_ entry: YAMLMap.Entry) -> [ProcessEffect] {
        guard let map = map(entry.node, Phrase(zh: "set", en: "`set`")) else { return [] }
        return map.entries.compactMap { entry in
            guard let text = text(entry.node) else { return nil }
            let field = Reference(entry.key, at: entry.at)
            switch text {
            case "now": return .set(field, .actionTime)
            case "actor": return .set(field, .actor)
            case "": return .set(field, .empty)
            case "yes", "true": return .set(field, .value(.flag(true)))
            case "no", "false": return .set(field, .value(.flag(false)))
            default:
                if let number = Decimal(digits: text) { return .set(field, .value(.number(number))) }
                return .set(field, .value(.text(text)))
            }
        }
    }

    private func handOver(_ entry: YAMLMap.Entry) -> ProcessEffect? {
        guard let map = map(entry.node, Phrase(zh: "hand-over", en: "`hand-over`")) else { return nil }
        allow(["vendor", "reference"], in: map)
        guard let vendor = references(map["vendor"]?.node).first else {
            missing("vendor", at: entry.at, example: "`hand-over: {vendor: vendor_name, reference: vendor_case}`")
            return nil
        }
        return .handOver(vendor: vendor, reference: references(map["reference"]?.node).first)
    }

    /// `archive: yes`, `call-back: site`, `task: {code: vendor-feedback, to: quality, within: 1 working day}`.
    private func errand(_ kind: ErrandKind, _ entry: YAMLMap.Entry) -> ErrandOrder {
        guard case .mapping = entry.node, let map = map(entry.node, Phrase(zh: entry.key, en: "`\(entry.key)`")) else {
            let word = references(entry.node).first
            let code = word.flatMap { $0.code == "yes" || $0.code == "true" ? nil : self.code($0.code, at: $0.at) }
            return ErrandOrder(kind: kind, code: code, role: nil, within: nil, carry: [], at: entry.at)
        }
        allow(["code", "to", "within", "carry"], in: map)
        let role = references(map["to"]?.node).first
        if let role { roleUses.append(role) }
        return ErrandOrder(
            kind: kind, code: references(map["code"]?.node).first.map { code($0.code, at: $0.at) }, role: role,
            within: limit(map["within"]?.node), carry: references(map["carry"]?.node), at: entry.at)
    }
}
