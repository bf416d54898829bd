import Foundation
import StackSupport
import Testing

/// Where one process dies.
struct KillPoint: Sendable {
    let point: String
    let instance: String
    /// It dies within so many hits.
    var hits = 6
}

extension Bench {
    /// One after the other under load: the instance is killed at any moment, starts with the point armed, dies there, and
    /// starts without.
    ///
    /// - Parameter stopping: it is killed in the midst of a graceful stop first.
    func kill(_ points: [KillPoint], stopping: Bool = false) async throws {
        for kill in points {
            if stopping {
                try stack.signal(kill.instance, SIGTERM)
                try await pause(upTo: 0.2)
            }
            try await stack.end(kill.instance)
            try await die(kill)
            try await stack.start(kill.instance)
        }
    }

    /// Starts the instance and sees it die at the point.
    func die(_ kill: KillPoint) async throws {
        let hit = number(in: 1...kill.hits)
        try await stack.start(kill.instance, with: "PAIDAN_FAILPOINT=\(kill.point)=kill@\(hit)")
        let pid = try stack.pid(kill.instance)
        _ = try await eventually("\(kill.instance) to die at \(kill.point), hit \(hit)", within: 60) {
            Stack.isAlive(pid) ? nil : true
        }
        print("faults: \(kill.instance) died at \(kill.point), hit \(hit)")
    }

    /// Each service with one of the points, each point used; in the long form each service with every point.
    func places(_ points: [String], at instances: [String], hits: Int = 6) -> [KillPoint] {
        let pairs: [(String, String)] =
            isLongForm
            ? instances.flatMap { instance in points.map { ($0, instance) } }
            : shuffled(instances).enumerated().map { (points[$0 % points.count], $1) }
        return shuffled(pairs.map { KillPoint(point: $0, instance: $1, hits: hits) })
    }
}

extension `Under load` {
    @Test func `kill -9 of each service at any moment, with a batch handled, or committed and not acknowledged`()
        async throws
    {
        let points = bench.places(["consumer.handled", "consumer.committed"], at: services)
        try await bench.survive("killed in a consumer") { [bench] in try await bench.kill(points) }
    }

    @Test func `killed while stopping, and between publish, confirm and delete`() async throws {
        let speakers = ["intake", "dispatcher", "notifier", "followup"]
        let points = bench.places(["relay.published", "relay.confirmed"], at: speakers, hits: 3)
        try await bench.survive("killed in a relay") { [bench] in
            try await bench.kill(points, stopping: true)
        }
    }

    @Test func `killed before and after the provider's call, and with its message not acknowledged`() async throws {
        let points = bench.shuffled(
            ["sender.claimed", "sender.called", "effect.done"].map { KillPoint(point: $0, instance: "notifier") })
        try await bench.survive("killed while sending") { [bench] in try await bench.kill(points) }
    }

    @Test func `killed inside a timer's transaction`() async throws {
        try await bench.survive("killed in a timer") { [bench, stack] in
            for hit in 1...2 {
                try await stack.end("followup")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await bench.die(KillPoint(point: "timer.fired", instance: "followup", hits: hit))
                    }
                    group.addTask { try await bench.callBackNow() }
                    try await group.next()
                    group.cancelAll()
                }
                try await stack.start("followup")
            }
        }
    }

    @Test func `killed with three instances of a service`() async throws {
        let crowd = ["dispatcher", "notifier"]
        let grown = try await stack.paidan("scale", "dispatcher=3", "notifier=3")
        #expect(grown.status == 0, "\(grown.output)")
        try await bench.survive("killed among three") { [bench, stack] in
            try await bench.kill(
                bench.shuffled([
                    KillPoint(point: "consumer.handled", instance: "dispatcher-2"),
                    KillPoint(point: "consumer.committed", instance: "dispatcher"),
                    KillPoint(point: "consumer.committed", instance: "notifier-3"),
                    KillPoint(point: "sender.claimed", instance: "notifier"),
                    KillPoint(point: "sender.called", instance: "notifier-2"),
                ]))
            for service in bench.shuffled(crowd) {
                // One leads at a time: the armed one, since it is alone. The others take over when it dies.
                let others = [service, "\(service)-3"]
                let leader = "\(service)-2"
                for instance in others + [leader] { try await stack.end(instance) }
                let points = bench.shuffled(["relay.published", "relay.confirmed"])
                try await bench.die(KillPoint(point: points[0], instance: leader, hits: 3))
                for instance in others + [leader] { try await stack.start(instance) }
            }
        }
        let shrunk = try await stack.paidan("scale", "dispatcher=1", "notifier=1")
        #expect(shrunk.status == 0, "\(shrunk.output)")
        try await bench.judge("shrunk to one")
    }

    /// What the lease is for: the others have given it up when it wakes and goes on with its call.
    @Test(.enabled(if: isLongForm)) func `a sender that stands still beyond its lease and then goes on`() async throws {
        let grown = try await stack.paidan("scale", "notifier=3")
        #expect(grown.status == 0, "\(grown.output)")
        try await bench.survive("a sender that slept") { [bench, stack] in
            try await stack.end("notifier-2")
            let hit = bench.number(in: 1...20)
            try await stack.start("notifier-2", with: "PAIDAN_FAILPOINT=sender.claimed=stop@\(hit)")
            let pid = try stack.pid("notifier-2")
            _ = try await eventually("the sender to stop", within: 60) { Stack.isStopped(pid) ? true : nil }
            _ = try await eventually("its lease to end", within: 60) {
                try await stack.number("select count(*) from notify.attempt where state = 'unknown'") > 0 ? true : nil
            }
            try stack.signal("notifier-2", SIGCONT)
        }
        let shrunk = try await stack.paidan("scale", "notifier=1")
        #expect(shrunk.status == 0, "\(shrunk.output)")
        try await bench.judge("shrunk to one")
    }
}

extension Bench {
    /// Brings the call-backs forward as they are planned, until cancelled.
    fileprivate func callBackNow() async throws {
        while true {
            _ = try await stack.rows(
                """
                with due as (
                    update followup.callback set due_at = now() where state = 'planned' and due_at > now()
                    returning id
                )
                update followup.timer t set due_at = now(), wake_at = now()
                from due where t.subject_id = due.id and t.fired_at is null
                """)
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}
