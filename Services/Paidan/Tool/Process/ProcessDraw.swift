import ArgumentParser
import DispatcherDomain
import Foundation

struct ProcessDraw: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "draw", abstract: "Draws a definition: SVG, to standard output or a file.")
    @Argument(help: "File; - is standard input; or the code of a process that comes with the program.") var file: String
    @Option(help: "Write it there instead.") var out: String?
    @OptionGroup var options: DefinitionOptions

    func run() async throws {
        let svg = Data(ProcessDiagram.svg(try options.read(file), options.language.chosen).utf8)
        guard let out else { return FileHandle.standardOutput.write(svg) }
        do {
            try svg.write(to: URL(filePath: out), options: .atomic)
        } catch {
            throw Complaint("\(out) cannot be written: \(error.localizedDescription)")
        }
    }
}
