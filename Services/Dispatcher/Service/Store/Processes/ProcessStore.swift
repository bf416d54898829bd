import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// One version of a definition, as it is kept.
struct StoredProcess: Sendable {
    let code: String
    let version: Int
    let title: Phrase
    let isShipped: Bool
    let isInForce: Bool
    let by: String?
    let putInForceAt: Date?
    /// Work that runs by it.
    let running: Int
    /// Of one in force: kinds of ticket that it serves and that intake does not take.
    var kindsNotTaken: [String] = []
}

/// Reads and writes table process_definition.
struct ProcessStore: Sendable {
    struct Key: Hashable, Sendable {
        let code: String
        let version: Int
    }

    /// Adds versions that are not there yet; those that are there stay as they are.
    ///
    /// - Parameter standard: code of the one that is put in force when none of its code is.
    static func add(_ definitions: [(definition: ProcessDefinition, text: String)], standard: String) -> SQL {
        """
        insert into dispatch.process_definition as p (
          code, version, title_zh, title_en, body, shipped, in_force, put_in_force_at)
        select t.code, t.version, t.title_zh, t.title_en, t.body, true, t.begins,
          case when t.begins then dispatch.suite_now() end
        from (
          select code, version, title_zh, title_en, body,
            code = \(standard) and not exists (
              select from dispatch.process_definition other where other.code = u.code) as begins
          from unnest(
            \(definitions.map(\.definition.code))::text[],
            \(definitions.map { Int64($0.definition.version) })::bigint[],
            \(definitions.map(\.definition.title.zh))::text[],
            \(definitions.map(\.definition.title.en))::text[],
            \(definitions.map(\.text))::text[]
          ) as u (code, version, title_zh, title_en, body)
        ) as t
        on conflict (code, version) do nothing
        """
    }

    static let inForce: SQL = """
        select code, version
        from dispatch.process_definition
        where in_force
        order by code
        """

    static func key(_ row: Row) throws -> Key {
        let (code, version) = try row.decode(String.self, Int32.self)
        return Key(code: code, version: Int(version))
    }

    /// Every version of a process; without a code, of all of them.
    static func versions(of code: String? = nil) -> SQL {
        """
        select code, version
        from dispatch.process_definition
        where \(code)::text is null or code = \(code)
        order by code, version
        """
    }

    static func text(of key: Key) -> SQL {
        """
        select body
        from dispatch.process_definition
        where code = \(key.code)
          and version = \(key.version)::bigint
        """
    }

    /// Every version, by code, the newest first.
    static let list: SQL = """
        select p.code, p.version, p.title_zh, p.title_en, p.shipped, p.in_force, p.put_in_force_by_name,
          p.put_in_force_at, (
            select count(*)
            from dispatch.work_order o
            where o.closed_at is null
              and o.process = p.code
              and o.process_version = p.version)
        from dispatch.process_definition p
        order by p.code, p.version desc
        """

    static func stored(_ row: Row) throws -> StoredProcess {
        let (code, version, chinese, english, isShipped, isInForce, by, at, running) = try row.decode(
            String.self, Int32.self, String.self, String.self, Bool.self, Bool.self, String?.self, Date?.self,
            Int64.self)
        return StoredProcess(
            code: code, version: Int(version), title: Phrase(zh: chinese, en: english), isShipped: isShipped,
            isInForce: isInForce, by: by, putInForceAt: at, running: Int(running))
    }

    /// One at a time: two administrators cannot put two versions in force at once.
    static let lock: SQL = "lock table dispatch.process_definition in share row exclusive mode"

    static func insert(
        _ definition: ProcessDefinition, text: String, by person: Person?, at now: Date
    ) -> SQL {
        """
        insert into dispatch.process_definition (
          code, version, title_zh, title_en, body, shipped, in_force, put_in_force_by, put_in_force_by_name,
          put_in_force_at)
        values (
          \(definition.code), \(definition.version)::bigint, \(definition.title.zh), \(definition.title.en), \(text), false,
          true, \(person?.id.value), \(person?.name), \(now))
        """
    }

    static func putInForce(_ key: Key, by person: Person?, at now: Date) -> SQL {
        """
        update dispatch.process_definition
        set in_force = true,
          put_in_force_by = \(person?.id.value),
          put_in_force_by_name = \(person?.name),
          put_in_force_at = \(now)
        where code = \(key.code)
          and version = \(key.version)::bigint
        """
    }

    /// No new work begins with the process.
    static func takeOutOfForce(_ code: String) -> SQL {
        """
        update dispatch.process_definition
        set in_force = false
        where code = \(code)
          and in_force
        """
    }
}
