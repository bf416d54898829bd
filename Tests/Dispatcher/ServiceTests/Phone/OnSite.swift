import Contracts
@testable import DispatcherService
import DispatcherDomain
import Hummingbird
import HummingbirdTesting
import Kernel

extension DispatcherFixture {
    struct NotOnSite: Error {
        let answer: String
    }

    /// Leads a repair of process `s3-repair` to an engineer.
    ///
    /// - Returns: the path of its visit below that of the work order.
    @discardableResult
    func onSite(
        _ id: ID<WorkOrder>, _ client: any TestClientProtocol, login: String = "engineer", until last: String = "arrive"
    ) async throws -> String {
        let engineer = try member(login).person.id
        let candidate = #"{"candidate":{"staff":"\#(engineer)"}}"#
        let steps = [
            ("desk", "actions/dispatch", candidate), (login, "actions/accept", "{}"),
            (login, "actions/open-sheet", candidate),
            (login, "visits/1/actions/appoint", #"{"fields":{"appointment":"2099-01-01T09:00:00+08:00"}}"#),
            (login, "visits/1/actions/arrive", "{}"),
        ]
        for (who, step, json) in steps {
            let answer = try await client.call(
                .post, "/api/dispatch/v1/work-orders/\(id)/\(step)", token: try await token(who), json: json)
            guard answer.status == 200 else { throw NotOnSite(answer: answer.text) }
            if step.hasSuffix(last) { break }
        }
        return "visits/1"
    }
}
