import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes tables phone_device and phone_command.
enum PhoneStore {
    /// How far a telephone has come.
    struct DeviceRow: Sendable {
        let device: PhoneCommand.Device
        /// The number of the last command that was answered.
        var sequence: Int64
        var judgedAt: Date?
        let inTouchAt: Date?
    }

    /// An answer that was given.
    struct Answered: Sendable {
        let sequence: Int64
        let device: UUID
        let workOrder: ID<WorkOrder>
        let visit: Int?
        let action: String
        let answer: PhoneAnswer

        /// Whether it was an answer to this command, and not to another that has the same id.
        func isAnswer(to command: PhoneCommand) -> Bool {
            sequence == command.sequence && device == command.device.id && workOrder == command.workOrder
                && visit == command.scope.visitNumber && action == command.action
        }
    }

    /// Makes it known, unless the person has too many.
    static func register(_ device: PhoneCommand.Device, most: Int) -> SQL {
        """
        insert into dispatch.phone_device (staff, device)
        select \(device.staff.value), \(device.id)
        where (select count(*) from dispatch.phone_device where staff = \(device.staff.value)) < \(Int64(most))
        on conflict do nothing
        """
    }

    static func device(_ device: PhoneCommand.Device) -> SQL {
        """
        select staff, device, sequence, judged_at, in_touch_at
        from dispatch.phone_device
        where staff = \(device.staff.value)
          and device = \(device.id)
        """
    }

    /// Locked one after the other until the transaction ends.
    static func lock(_ devices: [PhoneCommand.Device]) -> SQL {
        """
        select d.staff, d.device, d.sequence, d.judged_at, d.in_touch_at
        from dispatch.phone_device d
        join unnest(
          \(devices.map(\.staff.value))::uuid[],
          \(devices.map(\.id))::uuid[]
        ) as t (staff, device) on t.staff = d.staff and t.device = d.device
        order by d.staff, d.device
        for update of d
        """
    }

    static func deviceRow(_ row: Row) throws -> DeviceRow {
        let (staff, device, sequence, judgedAt, inTouchAt) = try row.decode(
            ID<Staff>.self, UUID.self, Int64.self, Date?.self, Date?.self)
        return DeviceRow(
            device: PhoneCommand.Device(staff: staff, id: device), sequence: sequence, judgedAt: judgedAt,
            inTouchAt: inTouchAt)
    }

    static func answered(_ commands: [(staff: ID<Staff>, id: UUID)]) -> SQL {
        """
        select c.staff, c.id, c.sequence, c.device, c.work_order, c.visit, c.action, c.answer
        from dispatch.phone_command c
        join unnest(
          \(commands.map(\.staff.value))::uuid[],
          \(commands.map(\.id))::uuid[]
        ) as t (staff, id) on t.staff = c.staff and t.id = c.id
        """
    }

    static func answered(_ row: Row) throws -> (staff: ID<Staff>, id: UUID, Answered) {
        let (staff, id, sequence, device, order, visit, action, answer) = try row.decode(
            ID<Staff>.self, UUID.self, Int64.self, UUID.self, ID<WorkOrder>.self, Int32?.self, String.self, JSON.self)
        return (
            staff, id,
            Answered(
                sequence: sequence, device: device, workOrder: order, visit: visit.map(Int.init), action: action,
                answer: try WireJSON.decode(PhoneAnswer.self, from: answer.bytes))
        )
    }

    /// What failed since the telephone last knew all answers.
    static func failures(of device: PhoneCommand.Device) -> SQL {
        """
        select c.work_order, c.visit
        from dispatch.phone_command c
        join dispatch.phone_device d on d.staff = c.staff and d.device = c.device
        where c.staff = \(device.staff.value)
          and c.device = \(device.id)
          and c.sequence > d.settled
          and not c.done
        """
    }

    static func keep(_ answer: PhoneAnswer, to command: PhoneCommand, at now: Date) throws -> [SQL] {
        [
            """
            insert into dispatch.phone_command (
              staff, id, device, sequence, work_order, visit, action, received_at, done, answer)
            values (
              \(command.device.staff.value), \(command.id), \(command.device.id), \(command.sequence),
              \(command.workOrder.value), \(command.scope.visitNumber.map(Int64.init))::bigint, \(command.action),
              \(now), \(answer.result == .done), \(JSON(bytes: try WireJSON.encode(answer))))
            """,
            """
            update dispatch.phone_device
            set sequence = \(command.sequence),
              judged_at = coalesce(\(answer.judgedAt)::timestamptz, judged_at)
            where staff = \(command.device.staff.value)
              and device = \(command.device.id)
            """,
        ]
    }

    /// The telephone has nothing more to say, and is told everything now.
    static func settle(_ device: PhoneCommand.Device, at time: Date, through sequence: Int64) -> SQL {
        """
        update dispatch.phone_device
        set settled = greatest(settled, \(sequence)),
          in_touch_at = greatest(in_touch_at, \(time))
        where staff = \(device.staff.value)
          and device = \(device.id)
          and sequence = \(sequence)
        """
    }

    /// Forgets answers of three months ago, the oldest of the telephone, some at a time.
    static func trim(_ device: PhoneCommand.Device, before time: Date) -> SQL {
        """
        delete from dispatch.phone_command
        where (staff, id) in (
          select staff, id
          from (
            select staff, id, received_at
            from dispatch.phone_command
            where staff = \(device.staff.value)
              and device = \(device.id)
            order by sequence
            limit 400) oldest
          where received_at < \(time))
        """
    }
}
