import ArgumentParser
import PaidanTool

@main struct Main {
    static func main() async { await Paidan.main() }
}
