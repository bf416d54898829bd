import Contracts
import DispatcherDomain
import Hummingbird
import Kernel
import ServiceKit

extension Problem {
    /// Nothing is told of work orders in other departments, not even that they are there.
    static let noWorkOrder = Problem.notFound("such work order in your departments")

    /// Which rule has refused a command, in both languages, and how the work order stands.
    init(_ refused: WorkRefused) throws {
        self.init(refused.refusal)
        if status == .conflict { current = try WireJSON.encode(WorkOrderJSON(refused.seen)) }
    }

    init(_ refusal: ProcessRefusal) {
        let status: HTTPResponse.Status
        let title: String
        switch refusal.rule {
        case .unknownAction, .noSuchVisit, .noSuchApproval:
            (status, title) = (.notFound, "Not found")
        case .notOwner, .roleMissing, .otherDepartment, .ownApproval, .grantedBefore, .notAsked:
            (status, title) = (.forbidden, "Not allowed")
        case .fields, .reasonMissing, .textTooLong, .nobodyNamed, .unsuitable, .unknownReason:
            (status, title) = (.unprocessableContent, "The request has fields that cannot be taken")
        case .closed, .stale, .notHere, .conditionFailed, .onHold, .notOnHold, .notOffered, .approvalPending, .tooSoon,
            .timerPast, .notFree, .tooManyVisits, .pathTooLong, .cannotMove, .taken, .offerOver, .atCapacity, .away:
            (status, title) = (.conflict, "The work order does not allow this now")
        }
        self.init(
            status, type: refusal.rule == .stale ? "stale-version" : refusal.rule.rawValue, title: title,
            detail: refusal.words.en, faults: refusal.faults.isEmpty ? Self.faults(of: refusal) : refusal.faults)
        words = Phrase(zh: refusal.words.zh, en: refusal.words.en)
        condition = refusal.condition
    }

    /// The field of a rule that is about one.
    private static func faults(of refusal: ProcessRefusal) -> [FieldFault] {
        let (field, code): (String, String)
        switch refusal.rule {
        case .reasonMissing: (field, code) = ("/reason", "required")
        case .textTooLong: (field, code) = ("/reason", "tooLong")
        case .unknownReason: (field, code) = ("/reason", "unknownValue")
        case .nobodyNamed: (field, code) = ("/candidate", "required")
        default: return []
        }
        return [FieldFault(field: field, code: code, message: "\(refusal.words.zh) / \(refusal.words.en)")]
    }

    /// Work that runs by a definition which this program cannot read.
    init(_ unreadable: ProcessShelf.Unreadable) {
        let (code, version) = (unreadable.key.code, unreadable.key.version)
        self.init(
            .conflict, type: "process-unreadable", title: "The process cannot be read",
            detail: "Version \(version) of \(code): move its work to a version that can be read.")
        words = Phrase(
            zh: "流程 \(code) 第 \(version) 版无法读取，请把工单迁移到可用的版本。",
            en: "Version \(version) of the process \(code) cannot be read: move its work to a version that can.")
    }

    /// A work order that is stored in a form which this program cannot read.
    init(_ unreadable: WorkOrderStore.Unreadable) {
        self.init(
            .conflict, type: "work-unreadable", title: "The work order cannot be read",
            detail: "\(unreadable.ticketNumber): the log says which value is to be put right.")
        words = Phrase(
            zh: "工单 \(unreadable.ticketNumber) 的数据无法读取，请将工单号告知运维人员。",
            en: "The work order of \(unreadable.ticketNumber) cannot be read: tell whoever runs the service its number."
        )
    }

    /// Why a definition was not put in force.
    init(_ rejected: ProcessRejected) {
        switch rejected {
        case .invalid(let faults):
            self.init(
                .unprocessableContent, type: "invalid-definition", title: "The definition cannot be put in force",
                detail: "\(faults.count) mistakes; the one in force stays in force.",
                faults: faults.prefix(100).map { fault in
                    FieldFault(
                        field: "/text", code: fault.code,
                        message: "\(fault.at) \(fault.words.zh) / \(fault.at) \(fault.words.en)")
                })
            words = Phrase(
                zh: "流程定义有\(faults.count)处错误，现行版本继续有效。",
                en: "The definition has \(faults.count) mistakes; the one in force stays in force.")
        case .versionTaken(let next):
            self.init(
                .conflict, type: "version-taken", title: "There is this version already",
                detail: "A version is never changed. Write version: \(next).")
            words = Phrase(
                zh: "此版本已存在且内容不同；版本不可修改，请写 version: \(next)。",
                en:
                    "There is this version already, with other words. A version is never changed: write version: \(next)."
            )
        }
    }
}

/// Turns refusals of work into problem documents for all routes of a group.
struct WorkRefusalsAsProblems: RouterMiddleware {
    typealias Context = RequestScope

    func handle(
        _ request: Request, context: RequestScope, next: (Request, RequestScope) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let refused as WorkRefused {
            throw try Problem(refused)
        } catch let refusal as ProcessRefusal {
            throw Problem(refusal)
        } catch let rejected as ProcessRejected {
            throw Problem(rejected)
        } catch let refusal as PeopleRefusal {
            throw Problem(refusal)
        } catch let unreadable as ProcessShelf.Unreadable {
            throw Problem(unreadable)
        } catch let unreadable as WorkOrderStore.Unreadable {
            throw Problem(unreadable)
        }
    }
}
