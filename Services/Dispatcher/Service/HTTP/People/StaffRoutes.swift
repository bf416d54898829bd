import Contracts
import DispatcherDomain
import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import NIOCore
import ServiceKit

/// `/api/dispatch/v1/staff`: who works here. Everybody sees his own departments; administrators change them.
struct StaffRoutes: Sendable {
    static let what = "such member of staff in your departments"

    let api: PeopleAPI
    let staff: AdministerStaff
    let times: SignIn.Times

    func add(to routes: RouterGroup<RequestScope>) {
        routes.get("staff", use: list)
        routes.post("staff", use: takeOn)
        routes.post("staff/exports", use: export)
        routes.get("staff/{id}", use: show)
        routes.put("staff/{id}", use: change)
        routes.put("staff/{id}/skills", use: setSkills)
        routes.post("staff/{id}/one-time-password", use: issuePassword)
        routes.get("staff/{id}/sessions", use: sessions)
        routes.delete("staff/{id}/sessions", use: endSessions)
    }

    /// `?department=&role=&skill=&level=&active=&words=&after=&limit=`, by login.
    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        var query = QueryReader(request)
        let department = query.text("department", limit: 40)
        var filter = StaffStore.Filter()
        filter.role = query.word("role", of: StaffRole.self)?.rawValue
        filter.skill = query.text("skill", limit: 40)
        filter.level = query.number("level", in: 1...5) ?? 1
        filter.isActive = query.bool("active")
        filter.words = query.text("words")
        filter.after = query.text("after") ?? ""
        filter.limit = query.number("limit", in: 1...200) ?? 50
        try query.check()
        let found = try await staff.list(filter, below: department, for: caller)
        return try .json(
            ListJSON(
                items: found.map { StaffJSON($0) }, next: found.count == filter.limit ? found.last?.login : nil))
    }

    /// 201 with the new member and his address.
    @Sendable private func takeOn(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let body = try await request.json(StaffDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let made = try await staff.takeOn(body.draft, for: caller)
        return try .json(
            StaffJSON(made), status: .created, headers: [.location: "\(PeopleAPI.path)/staff/\(made.id)"])
    }

    @Sendable private func show(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let id: ID<Staff> = try PeopleAPI.id(context, of: Self.what)
        return try .json(StaffJSON(try PeopleAPI.found(try await staff.find(id, for: caller), Self.what)))
    }

    @Sendable private func change(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let id: ID<Staff> = try PeopleAPI.id(context, of: Self.what)
        let body = try await request.json(StaffDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let version = try body.expectedVersion.required
        let changed = try await PeopleAPI.changing(current: { try await current(id, caller) }) {
            try await staff.change(id, to: body.draft, expectedVersion: version, for: caller)
        }
        return try .json(StaffJSON(changed))
    }

    @Sendable private func setSkills(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let id: ID<Staff> = try PeopleAPI.id(context, of: Self.what)
        let body = try await request.json(SkillsJSON.self, limit: PeopleAPI.bodyLimit)
        let skills = try body.checked()
        let changed = try await PeopleAPI.changing(current: { try await current(id, caller) }) {
            try await staff.setSkills(of: id, to: skills, expectedVersion: body.expectedVersion, for: caller)
        }
        return try .json(StaffJSON(changed))
    }

    private func current(_ id: ID<Staff>, _ caller: Caller) async throws -> StaffJSON? {
        try await staff.find(id, for: caller).map { StaffJSON($0) }
    }

    /// The password is shown this once.
    @Sendable private func issuePassword(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let id: ID<Staff> = try PeopleAPI.id(context, of: Self.what)
        let password = try await staff.issueOneTimePassword(for: id, by: caller)
        return try .json(OneTimePasswordJSON(password: password, hoursValid: StaffPasswords.hoursValid))
    }

    @Sendable private func sessions(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let id: ID<Staff> = try PeopleAPI.id(context, of: Self.what)
        let found = try await staff.sessions(of: id, idle: times.idle, for: caller)
        return try .json(ListJSON(items: found.map { SessionLineJSON($0, present: caller.identity?.session) }))
    }

    @Sendable private func endSessions(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let id: ID<Staff> = try PeopleAPI.id(context, of: Self.what)
        return try .json(EndedJSON(ended: try await staff.endSessions(of: id, for: caller)))
    }

    /// A file of everybody, with telephone and e-mail: only for a reason that is said, and on the record.
    @Sendable private func export(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let body = try await request.json(ExportJSON.self, limit: PeopleAPI.bodyLimit)
        if body.department?.isUnfitForText == true {
            throw Problem.invalid([FieldFault(field: "/department", code: "malformed", message: "It holds a NUL.")])
        }
        let found = try await staff.export(below: body.department, reason: body.reason, for: caller)
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8", .contentDisposition: "attachment; filename=\"staff.csv\"",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: StaffFile.text(found))))
    }
}

/// RFC 4180, with the mark by which spreadsheets know UTF-8.
enum StaffFile {
    static func text(_ staff: [StaffProfile]) -> String {
        let head = ["login", "name", "department", "roles", "level", "phone", "email", "active"]
        let rows = staff.map { member in
            [
                member.login, member.name, member.department,
                member.roles.map(\.rawValue).sorted().joined(separator: " "),
                member.level.map(String.init) ?? "", member.phone ?? "", member.email ?? "", String(member.isActive),
            ]
        }
        return "\u{FEFF}" + ([head] + rows).map { $0.map(cell).joined(separator: ",") + "\r\n" }.joined()
    }

    /// A cell that begins like a formula is kept from being one (a name is typed by people).
    private static func cell(_ text: String) -> String {
        let isFormula = text.first.map { "=+-@\t\r".contains($0) } ?? false
        let isNumber = text.hasPrefix("+") && text.dropFirst().allSatisfy(\.isNumber)
        let plain = isFormula && !isNumber ? "'" + text : text
        return "\"" + plain.replacing("\"", with: "\"\"") + "\""
    }
}

struct ExportJSON: Decodable, Sendable {
    var reason: String?
    /// This one and those below it; all of the caller's when absent.
    var department: String?
}

struct OneTimePasswordJSON: Encodable, Sendable {
    let password: String
    let hoursValid: Int
}

struct EndedJSON: Encodable, Sendable {
    let ended: Int
}

extension Int64? {
    /// - Throws: a 422 problem when no version was said.
    var required: Int64 {
        get throws {
            guard let self else {
                throw Problem.invalid([
                    FieldFault(
                        field: "/expectedVersion", code: "required", message: "The version that you have looked at.")
                ])
            }
            return self
        }
    }
}

extension HTTPField.Name {
    static let contentDisposition = HTTPField.Name("Content-Disposition")!
}
