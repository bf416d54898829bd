internal import Contracts
internal import Foundation
internal import Kernel
internal import Postgres

extension TicketQueries {
    /// A customer's file: who speaks for him, where he is, what he has, what was agreed.
    func customer(_ id: ID<Customer>) async throws -> CustomerFileJSON? {
        try await asMember(of: []) { transaction in
            let results = try await transaction.pipeline([
                """
                select id, name, phone, email, wechat_openid, language
                from intake.customer
                where id = \(id.value)
                """,
                """
                select name, phone, email
                from intake.contact
                where customer_id = \(id.value)
                order by name
                limit 200
                """,
                """
                select name, address
                from intake.site
                where customer_id = \(id.value)
                order by name
                limit 200
                """,
                """
                select model, serial, installed_on::text, warranty_until::text, warranty_until >= intake.today()
                from intake.installed_product
                where customer_id = \(id.value)
                order by serial
                limit 200
                """,
                """
                select number, service_level, starts_on::text, ends_on::text, intake.today() between starts_on and ends_on
                from intake.contract
                where customer_id = \(id.value)
                order by starts_on desc
                limit 200
                """,
            ])
            guard let row = results[0].first else { return nil }
            let (id, name, phone, email, openID, language) = try row.decode(
                UUID.self, String.self, String?.self, String?.self, String?.self, String.self)
            return CustomerFileJSON(
                id: ID(id), name: name, phone: phone, email: email, weChatOpenID: openID, language: language,
                contacts: try results[1].map { row in
                    let (name, phone, email) = try row.decode(String.self, String?.self, String?.self)
                    return CustomerFileJSON.Contact(name: name, phone: phone, email: email)
                },
                sites: try results[2].map { row in
                    let (name, address) = try row.decode(String.self, String.self)
                    return CustomerFileJSON.Site(name: name, address: address)
                },
                products: try results[3].map { row in
                    let (model, serial, installedOn, warrantyUntil, isUnderWarranty) = try row.decode(
                        String.self, String.self, String.self, String.self, Bool.self)
                    return ProductJSON(
                        model: model, serial: serial, installedOn: installedOn, warrantyUntil: warrantyUntil,
                        isUnderWarranty: isUnderWarranty)
                },
                contracts: try results[4].map { row in
                    let (number, serviceLevel, startsOn, endsOn, isInForce) = try row.decode(
                        String.self, String.self, String.self, String.self, Bool.self)
                    return CustomerFileJSON.Contract(
                        number: number, serviceLevel: serviceLevel, startsOn: startsOn, endsOn: endsOn,
                        isInForce: isInForce)
                })
        }
    }
}
