internal import Contracts
internal import Foundation
internal import Kernel

/// A ticket as staff see it.
struct TicketJSON: Encodable, Sendable {
    let id: ID<Ticket>
    let number: String
    let channel: String
    let kind: String
    let urgency: String
    let subject: String
    let department: String
    let status: String
    let statusAt: Date
    let engineer: String?
    /// What the customer reads of the work.
    let progress: Phrase?
    let customer: CustomerJSON
    let address: String?
    let productSerial: String?
    let product: ProductJSON?
    let createdAt: Date
    let messages: [MessageJSON]

    struct CustomerJSON: Encodable, Sendable {
        let id: ID<Customer>
        let name: String
        let contact: String?
        let phone: String?
        let email: String?
        let weChatOpenID: String?
        let language: String
    }

    struct MessageJSON: Encodable, Sendable {
        let direction: String
        let channel: String
        let body: String
        let at: Date
    }
}

/// An installed product; dates are calendar days, `2027-03-31`.
struct ProductJSON: Encodable, Sendable {
    let model: String
    let serial: String
    let installedOn: String
    let warrantyUntil: String
    let isUnderWarranty: Bool
}

struct TicketListJSON: Encodable, Sendable {
    let tickets: [TicketLineJSON]
}

struct TicketLineJSON: Encodable, Sendable {
    let number: String
    let subject: String
    let customer: String
    let department: String
    let kind: String
    let urgency: String
    let status: String
    let statusAt: Date
    let engineer: String?
    let createdAt: Date
}

/// A customer with everything that belongs to him.
struct CustomerFileJSON: Encodable, Sendable {
    let id: ID<Customer>
    let name: String
    let phone: String?
    let email: String?
    let weChatOpenID: String?
    let language: String
    let contacts: [Contact]
    let sites: [Site]
    let products: [ProductJSON]
    let contracts: [Contract]

    struct Contact: Encodable, Sendable {
        let name: String
        let phone: String?
        let email: String?
    }

    struct Site: Encodable, Sendable {
        let name: String
        let address: String
    }

    struct Contract: Encodable, Sendable {
        let number: String
        let serviceLevel: String
        let startsOn: String
        let endsOn: String
        let isInForce: Bool
    }
}

/// What a customer may see without signing in.
struct TrackJSON: Encodable, Sendable {
    let number: String
    let status: String
    let statusAt: Date
    /// As the work's process words it.
    let progress: Phrase?
    /// What he may ask for now: `POST …/track/{number}/wishes`.
    let offers: [CustomerOffer]
}
