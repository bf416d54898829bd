public import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The management API of the broker that the tests run against; PAIDAN_TEST_BROKER_* say where it is.
public struct BrokerManagement: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public let host: String
    public let port: Int
    public let managementPort: Int
    public let user: String
    public let password: String

    public init() {
        let environment = ProcessInfo.processInfo.environment
        host = environment["PAIDAN_TEST_BROKER_HOST"] ?? "127.0.0.1"
        port = environment["PAIDAN_TEST_BROKER_PORT"].flatMap(Int.init) ?? 5672
        managementPort = environment["PAIDAN_TEST_BROKER_MANAGEMENT_PORT"].flatMap(Int.init) ?? 15672
        user = environment["PAIDAN_TEST_BROKER_USER"] ?? "guest"
        password = environment["PAIDAN_TEST_BROKER_PASSWORD"] ?? "guest"
    }

    /// - Parameter path: its parts; each is escaped.
    /// - Throws: ``Failure`` unless the answer is 2xx, or 404 to a DELETE.
    @discardableResult public func call(_ method: String, _ path: [String], json: String? = nil) async throws -> Data {
        let escaped = path.map {
            $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(["_", ".", "-"])) ?? $0
        }
        let address = "http://\(host):\(managementPort)/api/" + escaped.joined(separator: "/")
        guard let url = URL(string: address) else { throw Failure(description: "not an address: \(address)") }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.timeoutInterval = 30
        request.setValue(
            "Basic " + Data("\(user):\(password)".utf8).base64EncodedString(), forHTTPHeaderField: "Authorization")
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = json.map { Data($0.utf8) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        guard 200..<300 ~= status || (status == 404 && method == "DELETE") else {
            throw Failure(
                description: "\(method) \(address): \(status) \(String(decoding: data.prefix(500), as: UTF8.self))")
        }
        return data
    }
}
