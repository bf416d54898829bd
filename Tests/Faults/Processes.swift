import Foundation
import StackSupport

let services = ["intake", "dispatcher", "notifier", "followup", "reporting"]

extension Stack {
    /// Process id of a part as `up` wrote it down.
    func pid(_ part: String) throws -> Int32 {
        let record = try String(contentsOf: state.appending(path: "run/\(part)"), encoding: .utf8)
        guard let pid = record.split(separator: " ").first.flatMap({ Int32($0) }) else {
            throw Unmet("no pid of \(part)")
        }
        return pid
    }

    func signal(_ part: String, _ signal: Int32) throws { Foundation.kill(try pid(part), signal) }

    /// Sends a signal and waits until the process is gone.
    func end(_ part: String, by signal: Int32 = SIGKILL) async throws {
        let pid = try pid(part)
        Foundation.kill(pid, signal)
        _ = try await eventually("\(part) to end", within: 60) { Self.isAlive(pid) ? nil : true }
    }

    static func isAlive(_ pid: Int32) -> Bool { ![nil, "Z"].contains(kernelState(pid)) }

    static func isStopped(_ pid: Int32) -> Bool { kernelState(pid) == "T" }

    private static func kernelState(_ pid: Int32) -> Substring? {
        // A process that is gone has no such file.
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return nil }
        return stat.split(separator: ")").last?.split(separator: " ").first
    }

    /// Starts a service, or another instance of it (`notifier-2`), the way `up` does, with the settings it had.
    ///
    /// - Parameter setting: `NAME=value` of this start only.
    func start(_ instance: String, with setting: String? = nil) async throws {
        let program = instance.prefix { $0 != "-" }
        var settings = state.appending(path: "env/\(instance).env")
        if let setting {
            let text = try String(contentsOf: settings, encoding: .utf8) + setting + "\n"
            settings = state.appending(path: "env/\(instance).armed")
            try text.write(to: settings, atomically: true, encoding: .utf8)
        }
        try await launch(instance, settings.path, ["\(bin)/\(program)"])
    }

    /// The dispatcher dies at each of these places in turn, by what people are doing, and is there again in the end.
    ///
    /// - Parameter points: a failpoint, and at which hit since the start before.
    func dispatcherDies(at points: [(String, Int)]) async throws {
        for (point, hit) in points {
            try await end("dispatcher")
            try await start("dispatcher", with: "PAIDAN_FAILPOINT=\(point)=kill@\(hit)")
            let pid = try pid("dispatcher")
            _ = try await eventually("the dispatcher to die at \(point)", within: 30) { Self.isAlive(pid) ? nil : true }
        }
        try await end("dispatcher")
        try await start("dispatcher")
    }

    /// Starts services with one setting more, `NAME=value`, from now on.
    func set(_ setting: String, of services: [String] = services) async throws {
        for service in services {
            let settings = state.appending(path: "env/\(service).env")
            let text = try String(contentsOf: settings, encoding: .utf8) + setting + "\n"
            try text.write(to: settings, atomically: true, encoding: .utf8)
            try await end(service, by: SIGTERM)
            try await start(service)
        }
        try await waitUntilReady(services)
    }

    /// Starts the broker on the data it had.
    func startBroker() async throws {
        try await launch("rabbitmq", "\(state.path)/rabbitmq/environment", ["/usr/lib/rabbitmq/bin/rabbitmq-server"])
        let broker = Broker(stack: self)
        _ = try await eventually("the broker", within: 90) {
            // It refuses connections until it is up.
            try? await broker.metric("rabbitmq_queues")
        }
    }

    /// How the database server was started; to be asked while it runs.
    func databaseCommand() throws -> [String] {
        let bytes = try Data(contentsOf: URL(filePath: "/proc/\(try pid("postgres"))/cmdline"))
        let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        let user = getuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] : []
        return user + words
    }

    func startDatabase(_ command: [String]) async throws {
        try await launch("postgres", "-", command)
        _ = try await eventually("the database", within: 60) {
            // It refuses connections until it has recovered.
            try? await number("select 1")
        }
    }

    private func launch(_ part: String, _ settings: String, _ command: [String]) async throws {
        let record = "\(state.path)/run/\(part)"
        let script = """
            cd /; record=$1 launch=$2 log=$3; shift 3; rm -f "$record"
            setsid "$launch" "$record" "$@" </dev/null >>"$log" 2>&1 & disown
            until [ -s "$record" ]; do sleep 0.02; done
            """
        let started = try await run(
            "/bin/bash",
            [
                "-c", script, "start", record, root.appending(path: "docker/local/launch").path,
                state.appending(path: "log/\(part).log").path, settings,
            ] + command, seconds: 20)
        guard started.status == 0 else { throw Unmet("\(part) did not start: \(started.output)") }
    }

    /// Starts a service as our own child, so that its exit status reaches us.
    func adopt(_ service: String) throws -> Child {
        let log = try FileHandle(forWritingTo: state.appending(path: "log/\(service).log"))
        try log.seekToEnd()
        return try Child(
            root.appending(path: "docker/local/launch").path,
            ["\(state.path)/run/\(service)", "\(state.path)/env/\(service).env", "\(bin)/\(service)"],
            environment: ProcessInfo.processInfo.environment, output: log)
    }

    func isReady(_ service: String) async throws -> Bool {
        let person = Person(front: "http://127.0.0.1:\(try port("\(service)-admin"))")
        // Nobody listens while it starts.
        return (try? await person.get("/readyz").status) == 200
    }

    func waitUntilReady(_ instances: [String] = services, within seconds: Double = 60) async throws {
        for service in instances {
            _ = try await eventually("\(service) to be ready", within: seconds) {
                try await isReady(service) ? true : nil
            }
        }
    }
}
