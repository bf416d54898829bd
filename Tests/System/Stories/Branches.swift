import DispatcherDomain
import Testing

/// What of a shipped process the running suite was not seen to do.
enum Branches {
    /// Every action in its step, every way that a step decides on, every timer and every point of a clock that is in none of
    /// these tickets' histories.
    static func missing(_ process: String, in tickets: [Told]) async throws -> [String] {
        var seen: Set<String> = []
        var passed: [String: Int] = [:]
        for ticket in tickets where ticket.process == process {
            var steps: [Int: String] = [:]
            var points: [String: Int] = [:]
            for line in try await ticket.history {
                let visit = line["visit"] as? Int ?? 0
                let track = visit == 0 ? "work" : "visit"
                guard let subject = line["subject"] as? String else { continue }
                switch line["kind"] as? String {
                case "opened", "visitOpened": steps[visit] = subject
                case "moved":
                    seen.insert("\(track) \(steps[visit] ?? "") → \(subject)")
                    steps[visit] = subject
                case "acted": seen.insert("\(track) \(steps[visit] ?? "") \(subject)")
                case "timerFired": seen.insert("\(track) \(steps[visit] ?? "") timer \(subject)")
                case "thresholdPassed": points[subject, default: 0] += 1
                default: continue
                }
            }
            passed.merge(points) { max($0, $1) }
        }
        let definition = try ShippedProcesses.read(process).definition
        return parts(definition).filter { !seen.contains($0) }
            + definition.clocks.filter { passed[$0.code] ?? 0 < $0.thresholds.count }.map { "clock \($0.code)" }
    }

    private static func parts(_ definition: ProcessDefinition) -> [String] {
        [("work", definition.work), ("visit", definition.visit)].flatMap { kind, track in
            (track?.steps ?? []).flatMap { step in
                step.actions.map { "\(kind) \(step.code) \($0.code)" }
                    + step.timers.filter { !$0.isStandard }.map { "\(kind) \(step.code) timer \($0.code)" }
                    + step.routes.compactMap { route in
                        guard case .step(let target) = route.target else { return nil }
                        return "\(kind) \(step.code) → \(target.code)"
                    }
            }
        }
    }
}
