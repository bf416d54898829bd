import Contracts
import DispatcherDomain
import Foundation
import HTTPTypes
import ServiceKit

/// How a sign-in travels in a browser: the access token to every service, the refresh token to where it is renewed only,
/// and what tells a device that was here before. No script can read any of them.
struct SignInCookies: Sendable {
    static let refresh = "paidan_refresh"
    static let device = "paidan_device"
    static let refreshPath = "/api/dispatch/v1/sessions"
    private static let deviceLife = Duration.seconds(180 * 86_400)

    let isSecure: Bool
    let secret: ServerSecret
    let times: SignIn.Times

    /// - Parameter device: what the browser brought; a device keeps its name.
    func holding(_ opened: SignIn.Opened, device: String?) -> HTTPFields {
        let known = device.flatMap { KnownDevice($0, secret) }
        let name = known?.login == opened.staff.login ? known?.name : nil
        let mark = KnownDevice(login: opened.staff.login, name: name ?? UUID().uuidString.lowercased())
        return fields([
            text(IdentityCheck.cookie, opened.token, "/", times.token),
            text(Self.refresh, opened.refresh.text(secret), Self.refreshPath, times.idle),
            text(Self.device, mark.text(secret), "/", Self.deviceLife),
        ])
    }

    /// The device stays known.
    var removed: HTTPFields {
        fields([
            text(IdentityCheck.cookie, "", "/", .zero), text(Self.refresh, "", Self.refreshPath, .zero),
        ])
    }

    func fields(_ cookies: [String]) -> HTTPFields {
        var fields = HTTPFields()
        for cookie in cookies { fields.append(HTTPField(name: .setCookie, value: cookie)) }
        return fields
    }

    func text(_ name: String, _ value: String, _ path: String, _ life: Duration) -> String {
        "\(name)=\(value); Path=\(path); Max-Age=\(life.components.seconds); HttpOnly; SameSite=Lax"
            + (isSecure ? "; Secure" : "")
    }
}
