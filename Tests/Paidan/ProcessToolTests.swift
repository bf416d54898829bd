import ArgumentParser
import BusinessTime
import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Testing

@testable import PaidanTool

@Suite struct `paidan process` {
    static let text = """
        process: tablet
        version: 1
        title: 平板维修 / Tablet repair
        steps:
          counter:
            title: 柜台 / Counter
            owner: desk
            timers: {late: {title: 太久 / Too long, after: 2 working h, notify: owner}}
            actions: {mended: {title: 修好 / Mended, by: owner, to: closed}}
          closed: {title: 完成 / Done, end: done}
        """

    /// A folder that is gone afterwards.
    static func folder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "paidan-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer {
            // What is left of a test's folder does no harm.
            try? FileManager.default.removeItem(at: folder)
        }
        return try await body(folder)
    }

    static func write(_ text: String, _ name: String, in folder: URL) throws -> String {
        let file = folder.appending(path: name)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    @Test func `check names file, line and column, what is wrong and what would be right`() async throws {
        try await Self.folder { folder in
            let wrong = Self.text.replacing("by: owner, to: closed", with: "by: owner, to: clsoed")
            let path = try Self.write(wrong, "a.yaml", in: folder)
            let file = try #require(try CheckedFile.check([path]).first)
            #expect(
                file.lines(.english).first
                    == "\(path):9:59: error: there is no step \"clsoed\"; did you mean \"closed\"? [step.unknown]")
            #expect(file.lines(.chinese).first == "\(path):9:59: 错误: 没有步骤“clsoed”；是不是“closed”？ [step.unknown]")
            #expect(file.records.first?.column == 59)
            await #expect(throws: ExitCode.failure) { try await ProcessCheck.parse([path]).run() }
            await #expect(throws: ExitCode.failure) { try await ProcessDraw.parse([path]).run() }
        }
    }

    @Test func `check takes files and folders, fragments among them`() async throws {
        let shipped = `The operators' tool`.root.appending(
            path: "Services/Dispatcher/Domain/Processes/Definitions")
        let files = try CheckedFile.check(ProcessFiles.expand([shipped.path]))
        #expect(files.count == ShippedProcesses.texts.count + ShippedProcesses.fragments.count)
        #expect(files.flatMap(\.faults) == [])
        try await ProcessCheck.parse([shipped.path]).run()
        try await Self.folder { folder in
            let fragment = """
                fragment: two-eyes
                title: 复核 / Second look
                exits: [fine]
                steps:
                  second-look:
                    title: 复核 / Second look
                    owner: manager
                    actions: {fine: {title: 可以 / Fine, by: owner, to: exit.fine}}
                """
            let using = Self.text.replacing("to: closed", with: "to: second-look")
                .replacing("steps:", with: "use: {two-eyes: {fine: closed}}\nsteps:")
            _ = try Self.write(fragment, "z-fragment.yaml", in: folder)
            let process = try Self.write(using, "process.yml", in: folder)
            let found = try CheckedFile.check(ProcessFiles.expand([folder.path]))
            #expect(found.map(\.faults) == [[], []])
            #expect(try CheckedFile.check([process])[0].faults.contains { $0.code == "fragment.unknown" })
            let broken = fragment.replacing("to: exit.fine", with: "to: exit.find")
            let path = try Self.write(broken, "z-fragment.yaml", in: folder)
            let codes = try CheckedFile.check([path])[0].faults.map { "\($0.at) \($0.code)" }
            #expect(codes.contains("8:55 exit.unknown"), "\(codes)")
        }
    }

    @Test func `check finds one version in two files`() async throws {
        try await Self.folder { folder in
            _ = try Self.write(Self.text, "a.yaml", in: folder)
            _ = try Self.write(Self.text, "b.yaml", in: folder)
            let files = try CheckedFile.check(ProcessFiles.expand([folder.path]))
            #expect(files.map(\.isFaulty) == [false, true])
        }
    }

    /// Nothing that somebody hands in takes the tool down or keeps it long.
    @Test func `check is bounded in size, depth and aliases, and says so`() async throws {
        try await Self.folder { folder in
            let clock = ContinuousClock.now
            let huge = folder.appending(path: "huge.yaml").path
            #expect(FileManager.default.createFile(atPath: huge, contents: nil))
            let handle = try #require(FileHandle(forWritingAtPath: huge))
            try handle.truncate(atOffset: 64 << 30)
            try handle.close()
            #expect(try CheckedFile.check([huge])[0].faults.map(\.code) == ["yaml.too-large"])
            let bomb =
                "a: &a [x, x]\n"
                + zip("abcdefghijklmnop", "bcdefghijklmnopq").map { before, one in
                    "\(one): &\(one) [*\(before), *\(before)]\n"
                }.joined()
            let aliases = try Self.write(bomb, "bomb.yaml", in: folder)
            #expect(try CheckedFile.check([aliases])[0].faults.map(\.code) == ["yaml.anchor"])
            let deep = try Self.write(String(repeating: "[", count: 200_000), "deep.yaml", in: folder)
            #expect(try CheckedFile.check([deep])[0].isFaulty)
            let latin = folder.appending(path: "latin.yaml")
            try Data("process: x\ntitle: caf".utf8 + [0xE9]).write(to: latin)
            let fault = try #require(try CheckedFile.check([latin.path])[0].faults.first)
            #expect("\(fault.at) \(fault.code)" == "2:11 yaml.encoding")
            #expect(clock.duration(to: .now) < .seconds(10))
        }
    }

    @Test(arguments: ["/dev/zero", "/nowhere/at-all.yaml", "/proc/self/mem"])
    func `check refuses what is no file`(path: String) async {
        await #expect(throws: (any Error).self) { try await ProcessCheck.parse([path]).run() }
        #expect(throws: Complaint.self) { try ProcessFiles.bytes(path == "/proc/self/mem" ? "/proc" : path) }
    }

    @Test func `check reads what an editor of another system wrote`() async throws {
        try await Self.folder { folder in
            let text = "\u{FEFF}" + Self.text.replacing("\n", with: "\r\n")
            let path = try Self.write(text, "windows.yaml", in: folder)
            #expect(try CheckedFile.check([path])[0].faults == [])
        }
    }

    @Test func `draw writes the picture in either language`() async throws {
        try await Self.folder { folder in
            let path = try Self.write(Self.text, "a.yaml", in: folder)
            for (language, title) in [("zh", "平板维修"), ("en", "Tablet repair")] {
                let out = folder.appending(path: "\(language).svg")
                try await ProcessDraw.parse([path, "--language", language, "--out", out.path]).run()
                let svg = try String(contentsOf: out, encoding: .utf8)
                #expect(svg.hasPrefix("<svg") && svg.contains("<title>\(title)</title>"))
            }
            await #expect(throws: Complaint.self) {
                try await ProcessDraw.parse([path, "--out", "/nowhere/a.svg"]).run()
            }
        }
    }

    @Test func `simulate says what happens if nobody does anything`() throws {
        let start = try #require(WireJSON.date(from: "2026-03-02T03:00:00Z"))
        let calendar = try WorkingTime(SimulationReport.officeHours)
        let report = { (language: Language) in
            try SimulationReport(
                ProcessDefinition.read(Self.text).definition, step: nil, facts: [:], fields: [:], start: start,
                calendar: calendar, language)
        }
        // 11:00 in Shanghai: an hour to the noon break, the other after it.
        #expect(
            try report(.english).lines == [
                "2026-03-02 11:00  +0           opened in \"Counter\"",
                "2026-03-02 14:30  +3 h 30 min  timer: Too long",
                "                               message to the owner (late)",
                "Then it stays in \"Counter\" until somebody does something.",
            ])
        #expect(try report(.chinese).lines.last == "此后一直停在“柜台”，直到有人处理")
        let offered = try SimulationReport(
            ShippedProcesses.read("s3-repair").definition, step: "offered", facts: [:], fields: [:], start: start,
            calendar: calendar, .chinese)
        #expect(
            offered.lines.contains {
                $0.hasPrefix("2026-03-02 11:05  +5 min  ") && $0.hasSuffix("  定时：五分钟无人接单")
            })
        #expect(offered.lines.contains { $0.hasSuffix("到“客服确认”") })
        #expect(throws: Complaint.self) {
            try SimulationReport(
                ShippedProcesses.read("s2-generic").definition, step: nil, facts: [:], fields: [:], start: start,
                calendar: calendar, .english)
        }
    }

    @Test func `simulate takes facts and fields as people type them`() async throws {
        try await ProcessSimulate.parse([
            "s2-generic", "--field", "customer_name=王", "--field", "problem=坏了", "--fact", "ticket.in_hours=no",
            "--start", "2026-03-02T03:00:00Z",
        ]).run()
        for wrong in [
            ["--fact", "ticket.colour=red"], ["--fact", "x"], ["--field", "nothing=1"], ["--start", "soon"],
        ] {
            await #expect(throws: (any Error).self) { try await ProcessSimulate.parse(["s2-generic"] + wrong).run() }
        }
    }

    @Test func `plan shows each step's way to the new version, and the faults of it`() async throws {
        let old = try ProcessDefinition.read(Self.text).definition
        let renamed = Self.text.replacing("version: 1", with: "version: 2").replacing("counter:", with: "desk:")
        let (lost, cannot) = ProcessPlan.report(old, try ProcessDefinition.read(renamed).definition, .english)
        #expect(!cannot)
        #expect(lost.contains { $0.hasPrefix("counter") && $0.contains("say `replaces: {1: {counter: NEW}}`") })
        let told = renamed.replacing("steps:", with: "replaces: {1: {counter: desk}}\nsteps:")
        let (lines, can) = ProcessPlan.report(old, try ProcessDefinition.read(told).definition, .chinese)
        #expect(can)
        #expect(lines.contains { $0.hasPrefix("counter") && $0.contains("desk") && $0.contains("定时重新开始：太久") })
        #expect(!ProcessPlan.report(old, old, .english).canMove)
        try await Self.folder { folder in
            let one = try Self.write(Self.text, "1.yaml", in: folder)
            let two = try Self.write(renamed, "2.yaml", in: folder)
            await #expect(throws: ExitCode.failure) { try await ProcessPlan.parse([one, two]).run() }
            await #expect(throws: Complaint.self) { try await ProcessPlan.parse([two]).run() }
        }
    }

    @Test func `speaks the language that is asked for, else the environment's`() throws {
        #expect(LanguageOption.language(in: ["LANG": "zh_CN.UTF-8"]) == .chinese)
        #expect(LanguageOption.language(in: ["LANGUAGE": "en", "LANG": "zh_CN.UTF-8"]) == .english)
        #expect(LanguageOption.language(in: [:]) == .english)
        #expect(try LanguageOption.parse(["--language", "zh"]).chosen == .chinese)
        #expect(throws: (any Error).self) { try LanguageOption.parse(["--language", "fr"]) }
    }
}
