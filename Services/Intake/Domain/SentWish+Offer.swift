public import Contracts
import Foundation
public import Kernel

extension SentWish {
    /// Which of the offers it takes; nil when it is not among them (any more).
    public func offer(among offers: [CustomerOffer]) -> CustomerOffer? {
        offers.first { offer in
            guard let known = offer.wish.known, known.rawValue == wish else { return false }
            return known != .answer || (offer.action == action && offer.visit == visit)
        }
    }

    /// What the offer's form wants and does not get, or gets and cannot read or does not know.
    public func faults(for offer: CustomerOffer) -> [FieldFault] {
        var faults: [FieldFault] = []
        if offer.needsReason, isBlank(note) {
            faults.append(FieldFault(field: "/note", code: "required", message: "Say why."))
        }
        return faults + offer.fields.faults(in: fields ?? [:])
    }

    private func isBlank(_ text: String?) -> Bool { text?.allSatisfy(\.isWhitespace) ?? true }
}
