import Contracts
import DispatcherDomain
import Foundation
import Kernel
import ServiceKit

/// The body of every command on a work order; what a command does not need may be left out.
struct WorkCommandJSON: Decodable, Sendable {
    /// Fields of the action's form, by their codes.
    var fields: [String: FieldInput]?
    var reason: String?
    var note: String?
    var candidate: CandidateJSON?
    /// Those of a pool who are asked: the first of them to accept gets it. Absent: everybody of its role.
    var offerTo: [String]?
    /// Whom it names gets it although he is not at work.
    var evenIfAway: Bool?
    /// Number of the visit that it is about; absent: the work order itself.
    var visit: Int?
    /// The end of a delegation.
    var until: Date?
    /// The revision that the caller looked at; the command is refused when the work order has moved on since.
    var expectedRevision: Int64?

    /// Whom a command names: a member of staff or a station, and the department that gets the document with him.
    struct CandidateJSON: Decodable, Sendable {
        var staff: String?
        var station: String?
        var department: String?
    }

    /// - Throws: a 422 problem for texts that cannot be kept.
    func check() throws {
        let texts = [("/reason", reason), ("/note", note), ("/candidate/department", candidate?.department)]
        let faults = texts.compactMap { field, text in
            text.flatMap { TextFlaw.first(in: $0, isLine: false) }.map {
                FieldFault(field: field, code: "malformed", message: $0.words.en)
            }
        }
        if !faults.isEmpty { throw Problem.invalid(faults) }
    }

    var scope: Scope { visit.map(Scope.visit) ?? .work }

    /// - Parameter unknown: what is said of a member of staff who is not there.
    /// - Throws: a 422 problem for somebody who is not there.
    func candidate(
        in room: WorkRoom, unknown: String = "There is no such member of staff."
    ) async throws -> Candidate? {
        guard let candidate else { return nil }
        var faults: [FieldFault] = []
        if let department = candidate.department, !(try await isDepartment(department, room)) {
            faults.append(
                FieldFault(
                    field: "/candidate/department", code: "unknownValue", message: "There is no such department."))
        }
        var found: Candidate?
        if let text = candidate.staff {
            if let id = ID<Staff>(text) {
                found = try await room.candidate(id, department: candidate.department)
                if let person = found, !room.mayKnow(person) { found = nil }
            }
            if found == nil {
                faults.append(
                    FieldFault(field: "/candidate/staff", code: "unknownValue", message: unknown))
            }
        } else if let code = candidate.station {
            found = code.isUnfitForText ? nil : try await WorkScope().station(code, in: room.transaction)
            if found == nil {
                faults.append(
                    FieldFault(field: "/candidate/station", code: "unknownValue", message: "There is no such station."))
            }
        } else {
            faults.append(
                FieldFault(field: "/candidate", code: "required", message: "Name staff, or a station."))
        }
        guard faults.isEmpty else { throw Problem.invalid(faults) }
        return found
    }

    private func isDepartment(_ code: String, _ room: WorkRoom) async throws -> Bool {
        try await DepartmentStore().find(code, in: room.transaction)?.isActive ?? false
    }

    /// - Throws: a 422 problem when nobody is named.
    func named(
        in room: WorkRoom, unknown: String = "There is no such member of staff."
    ) async throws -> Candidate {
        guard let candidate = try await candidate(in: room, unknown: unknown) else {
            throw Problem.invalid([FieldFault(field: "/candidate", code: "required", message: "Name somebody.")])
        }
        return candidate
    }

    /// People who are asked, and a fault for each who is not there.
    func offered(in room: WorkRoom) async throws -> (people: [Candidate], faults: [FieldFault]) {
        let texts = offerTo ?? []
        guard texts.count <= Self.mostAsked else {
            return ([], [FieldFault(field: "/offerTo", code: "tooLong", message: "At most \(Self.mostAsked) people.")])
        }
        var (people, faults): ([Candidate], [FieldFault]) = ([], [])
        for (place, text) in texts.enumerated() {
            if let id = ID<Staff>(text), let found = try await room.candidate(id, department: nil), room.mayKnow(found)
            {
                people.append(found)
            } else {
                faults.append(
                    FieldFault(
                        field: "/offerTo/\(place)", code: "unknownValue", message: "There is no such member of staff."))
            }
        }
        return (people, faults)
    }

    private static let mostAsked = 50

    /// Whoever works elsewhere is answered for as one whom nobody knows.
    ///
    /// - Parameter departments: those of which he must see one, or he would be told of work that he cannot look at.
    /// - Throws: a 422 problem when no member of staff is named, or one who sees nothing of it.
    func namedPerson(whoSees departments: Set<String>, in room: WorkRoom) async throws -> Person {
        let unknown = "Name somebody who sees work of the department."
        let candidate = try await named(in: room, unknown: unknown)
        guard let person = candidate.holder.person else {
            throw Problem.invalid([
                FieldFault(field: "/candidate/staff", code: "required", message: "Name a member of staff.")
            ])
        }
        guard candidate.departments?.isDisjoint(with: departments) == false else {
            throw Problem.invalid([
                FieldFault(field: "/candidate/staff", code: "unknownValue", message: unknown)
            ])
        }
        return person
    }
}
