import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes tables work_file and work_file_piece.
enum FileStore {
    /// A file, and whose it is.
    struct Record: Sendable {
        let id: ID<WorkFile>
        let uploader: ID<Staff>
        let stand: FileStand
        let changedAt: Date
        let workOrder: ID<WorkOrder>?
    }

    private static let columns = """
        f.id, f.uploader, f.kind, f.size, f.digest, f.received, f.finished_at is not null, f.changed_at, f.work_order
        """

    static func record(_ row: Row) throws -> Record {
        let (id, uploader, kind, size, digest, received, isFinished, changedAt, order) = try row.decode(
            ID<WorkFile>.self, ID<Staff>.self, String.self, Int64.self, [UInt8].self, Int64.self, Bool.self, Date.self,
            ID<WorkOrder>?.self)
        guard let kind = FileKind(rawValue: kind) else {
            throw PostgresError(.decoding, "The file \(id) is of the unknown kind \(kind)")
        }
        return Record(
            id: id, uploader: uploader,
            stand: FileStand(
                plan: FilePlan(kind: kind, size: size, digest: digest), received: received, isFinished: isFinished),
            changedAt: changedAt, workOrder: order)
    }

    static func find(_ id: ID<WorkFile>) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.work_file f
        where f.id = \(id.value)
        """
    }

    /// Locked until the transaction ends.
    static func lock(_ id: ID<WorkFile>) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.work_file f
        where f.id = \(id.value)
        for update
        """
    }

    static func insert(_ id: ID<WorkFile>, _ plan: FilePlan, by staff: ID<Staff>) -> SQL {
        """
        insert into dispatch.work_file (id, uploader, kind, size, digest)
        values (\(id.value), \(staff.value), \(plan.kind.rawValue), \(plan.size), \(plan.digest))
        on conflict do nothing
        """
    }

    /// Those who begin files come one by one: what they have in all is bounded.
    static func takeTurns(of staff: ID<Staff>) -> SQL {
        "select pg_advisory_xact_lock(7303, hashtext(\(staff.description)))"
    }

    static func unused(of staff: ID<Staff>) -> SQL {
        """
        select count(*) filter (where finished_at is null), coalesce(sum(size), 0)::bigint
        from dispatch.work_file
        where uploader = \(staff.value)
          and work_order is null
        """
    }

    static func append(_ bytes: [UInt8], to id: ID<WorkFile>, at start: Int64) -> SQL {
        """
        insert into dispatch.work_file_piece (file, start, bytes)
        values (\(id.value), \(start), \(bytes))
        """
    }

    /// - Parameter received: bytes that are there now; with the last one it is finished.
    static func setReceived(_ received: Int64, of id: ID<WorkFile>) -> SQL {
        """
        update dispatch.work_file
        set received = \(received),
          changed_at = dispatch.suite_now(),
          finished_at = case when \(received)::bigint = size then dispatch.suite_now() end
        where id = \(id.value)
        """
    }

    /// Where pieces begin that may share bytes with `range`, with their bytes, in order: a short one ends before it.
    static func pieces(of id: ID<WorkFile>, in range: Range<Int64>) -> SQL {
        """
        select start, bytes
        from dispatch.work_file_piece
        where file = \(id.value)
          and start > \(range.lowerBound - FileRules.mostInPiece)
          and start < \(range.upperBound)
        order by start
        """
    }

    static func starts(of id: ID<WorkFile>) -> SQL {
        """
        select start
        from dispatch.work_file_piece
        where file = \(id.value)
        order by start
        """
    }

    static func piece(of id: ID<WorkFile>, at start: Int64) -> SQL {
        """
        select bytes
        from dispatch.work_file_piece
        where file = \(id.value)
          and start = \(start)
        """
    }

    /// Digest and first bytes of all pieces together.
    static func whole(_ id: ID<WorkFile>) -> SQL {
        """
        select sha256(w.bytes), substr(w.bytes, 1, \(Int64(FileKind.headLength))::int)
        from (
          select string_agg(bytes, ''::bytea order by start) as bytes
          from dispatch.work_file_piece
          where file = \(id.value)) w
        """
    }

    static func empty(_ id: ID<WorkFile>) -> [SQL] {
        [
            "delete from dispatch.work_file_piece where file = \(id.value)",
            setReceived(0, of: id),
        ]
    }

    static func remove(_ ids: [ID<WorkFile>]) -> SQL {
        "delete from dispatch.work_file where id = any(\(ids.map(\.value))::uuid[])"
    }

    /// Those of them that nobody else has locked.
    static func lockFree(_ ids: [UUID]) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.work_file f
        where f.id = any(\(ids)::uuid[])
        order by f.id
        for update skip locked
        """
    }

    static func present(_ ids: [UUID]) -> SQL {
        "select id from dispatch.work_file where id = any(\(ids)::uuid[])"
    }

    /// Those of them that somebody may use in a work order: finished, and in it already or his own and used nowhere.
    /// Locked; one that another command uses just now is left out.
    static func usable(_ ids: [ID<WorkFile>], by staff: ID<Staff>, in order: ID<WorkOrder>) -> SQL {
        """
        select f.id
        from dispatch.work_file f
        where f.id = any(\(ids.map(\.value))::uuid[])
          and f.finished_at is not null
          and (f.work_order = \(order.value) or f.work_order is null and f.uploader = \(staff.value))
        order by f.id
        for update skip locked
        """
    }

    /// All of them or none; those that are there already count.
    static func attach(_ ids: [ID<WorkFile>], to order: ID<WorkOrder>) -> SQL {
        """
        update dispatch.work_file f
        set work_order = \(order.value)
        where f.id = any(\(ids.map(\.value))::uuid[])
          and not exists (
            select from dispatch.work_file t
            where t.id = any(\(ids.map(\.value))::uuid[])
              and t.work_order <> \(order.value))
        """
    }
}
