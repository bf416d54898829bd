import FaultProxy
import Foundation
import StackSupport
import Synchronization
import Testing

extension Stack {
    /// `rabbitmqctl` on the stack's own node.
    func rabbitmqctl(_ arguments: [String]) async throws {
        let record = FileManager.default.temporaryDirectory.appending(path: "paidan-ctl-\(UUID().uuidString)")
        let finished = try await run(
            root.appending(path: "docker/local/launch").path,
            [record.path, "\(state.path)/rabbitmq/environment", "/usr/lib/rabbitmq/bin/rabbitmqctl"] + arguments,
            seconds: 60)
        // Gone when the program could not be started.
        try? FileManager.default.removeItem(at: record)
        guard finished.status == 0 else { throw Unmet("rabbitmqctl \(arguments): \(finished.output)") }
    }
}

extension `Under load behind a proxy` {
    @Test func `the broker restarted gently`() async throws {
        try await bench.survive("broker restarted gently", tickets: 40) { [stack] in
            try await stack.end("rabbitmq", by: SIGTERM)
            try await stack.startBroker()
        }
    }

    @Test(.enabled(if: isLongForm)) func `the broker's application stopped and started`() async throws {
        try await bench.survive("broker's application restarted", tickets: 40) { [stack] in
            try await stack.rabbitmqctl(["stop_app"])
            try await stack.rabbitmqctl(["start_app"])
        }
    }

    /// Requests are taken until the outbox is too old, then refused; what was published is consumed all the while.
    @Test func `a memory alarm`() async throws {
        try await alarm("memory alarm", set: ["set_vm_memory_high_watermark", "absolute", "1MB"]) { [stack] in
            try await stack.rabbitmqctl(["set_vm_memory_high_watermark", "0.4"])
        }
    }

    @Test(.enabled(if: isLongForm)) func `a disk alarm`() async throws {
        try await alarm("disk alarm", set: ["set_disk_free_limit", "900000GB"]) { [stack] in
            try await stack.rabbitmqctl(["set_disk_free_limit", "50MB"])
        }
    }

    private func alarm(
        _ name: String, set: [String], clear: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await bench.survive(name, tickets: 40) { [stack] in
            try await stack.rabbitmqctl(set)
            do {
                try await self.refusal(during: name)
            } catch {
                try await clear()
                throw error
            }
            try await clear()
        }
    }

    private func refusal(during name: String) async throws {
        let taken = bench.answers.withLock(\.taken)
        _ = try await eventually("a refusal", within: 20) { bench.answers.withLock { $0.refused } > 0 ? true : nil }
        #expect(bench.answers.withLock(\.taken) > taken, "nothing was taken under the \(name)")
        for service in ["intake", "dispatcher"] {
            // A connection is told of the alarm when it publishes: who has nothing to publish keeps every promise.
            let schema = service == "intake" ? "intake" : "dispatch"
            _ = try await eventually("\(service) to say that it is not ready", within: 10) { [stack] in
                if try await !stack.isReady(service) { return true }
                let unsent = try await stack.rows("select count(*) from \(schema).outbox")[0][0]
                return service != "intake" && unsent == "0" ? true : nil
            }
        }
        _ = try await eventually("the queues to be empty", within: 10) {
            try await bench.broker.metric("rabbitmq_queue_messages") == 0 ? true : nil
        }
    }

    /// RabbitMQ tells nobody when a channel's process ends in an orderly way, as it may when a queue is deleted. While
    /// nothing is under way no acknowledgement finds out.
    @Test func `channels that the broker loses without a word`() async throws {
        try await stack.rabbitmqctl(["eval", "[exit(P, normal) || P <- rabbit_channel:list()]."])
        try await bench.survive("silent channels", tickets: 40) {}
    }

    /// What was in it is lost with it; the operator sends it again.
    @Test func `queues deleted while they are consumed`() async throws {
        let queues = ["reporting.events", "intake.events", "notifier.mail"]
        let started = try await stack.rows("select now()")[0][0]
        try await bench.survive("queues deleted", tickets: 40) { [bench, stack] in
            for queue in queues { try await bench.broker.delete(queue) }
            for queue in queues {
                _ = try await eventually("\(queue) to be there again", within: 20) {
                    try await bench.broker.consumers(of: queue) > 0 ? true : nil
                }
            }
            // Seconds only, for whoever types it.
            let resent = try await stack.paidan("outbox", "resend", "--since", "5m", "--yes")
            #expect(resent.status == 0, "\(resent.output)")
            #expect(try await stack.number("select count(*) from intake.ticket where created_at > '\(started)'") > 0)
        }
    }

    /// The consumer's channel finds out when there is a queue of that name again, as happens where many declare it.
    @Test func `a queue deleted and made again before its consumer's channel has noticed`() async throws {
        let program = """
            Queue = rabbit_misc:r(<<"paidan">>, queue, <<"notifier.mail">>),
            {ok, Old} = rabbit_amqqueue:lookup(Queue),
            Channels = [proplists:get_value(channel_pid, Each) || Each <- rabbit_amqqueue:consumers_all(<<"paidan">>),
                proplists:get_value(queue_name, Each) =:= Queue],
            Bindings = [Each || Each <- rabbit_binding:list_for_destination(Queue),
                element(4, element(2, Each)) =/= <<>>],
            [ok = sys:suspend(Each) || Each <- Channels],
            {ok, _} = rabbit_amqqueue:delete(Old, false, false, <<"faults">>),
            {new, _} = rabbit_amqqueue:declare(Queue, true, false, amqqueue:get_arguments(Old), none, <<"faults">>),
            [ok = rabbit_binding:add(Each, <<"faults">>) || Each <- Bindings],
            [ok = sys:resume(Each) || Each <- Channels],
            length(Channels).
            """
        try await bench.survive("queue made again", tickets: 40) { [stack] in
            try await stack.rabbitmqctl(["eval", program])
            let resent = try await stack.paidan("outbox", "resend", "--since", "5m", "--yes")
            #expect(resent.status == 0, "\(resent.output)")
        }
    }

    @Test func `a binding removed: what has no way stays in the outbox until it is there again`() async throws {
        try await bench.survive("binding removed", tickets: 40) { [bench, stack] in
            try await bench.broker.unbind("notifier.mail", from: "paidan.commands")
            _ = try await eventually("a message without a way", within: 20) {
                try await stack.number(
                    "select count(*) from notify.outbox where routing_key = 'notifier.mail' and last_error is not null")
                    > 0 ? true : nil
            }
            let admin = Person(front: "http://127.0.0.1:\(try stack.port("notifier-admin"))")
            let figures = try await admin.get("/metrics").text
            #expect(figures.contains(/paidan_outbox_failed_total\{[^}]*reason="unroutable"/))
            _ = try await eventually("the notifier to say what is missing", within: 20) {
                let ready = try await admin.get("/readyz?verbose")
                return ready.status == 503 && ready.text.contains("notifier.mail") ? true : nil
            }
            let applied = try await stack.paidan("topology", "apply")
            #expect(applied.status == 0, "\(applied.output)")
        }
    }

    @Test(.enabled(if: isLongForm)) func `a broker that takes no connections`() async throws {
        try await bench.survive("listeners suspended", tickets: 40) { [stack, network] in
            try await stack.rabbitmqctl(["suspend_listeners"])
            network.broker.cut()
            let before = network.broker.accepted
            try await Task.sleep(for: .seconds(5))
            // Ten connections, each with growing pauses.
            #expect(network.broker.accepted - before < 200, "a storm of connections")
            try await stack.rabbitmqctl(["resume_listeners"])
        }
    }

    /// Beyond the heartbeat the broker gives its messages to the other instance; what it then says of them is stale.
    @Test(.enabled(if: isLongForm)) func `a service stopped for twelve seconds that wakes up beside its substitute`()
        async throws
    {
        let scaled = try await stack.paidan("scale", "notifier=2")
        #expect(scaled.status == 0, "\(scaled.output)")
        try await bench.survive("zombies", tickets: 40) { [stack] in
            let zombies = ["notifier", "followup", "reporting"]
            for service in zombies { try stack.signal(service, SIGSTOP) }
            try await Task.sleep(for: .seconds(12))
            for service in zombies { try stack.signal(service, SIGCONT) }
        }
        let back = try await stack.paidan("scale", "notifier=1")
        #expect(back.status == 0, "\(back.output)")
    }
}
