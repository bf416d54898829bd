import ReportingService
import ServiceKit

@main struct Reporting {
    static func main() async { await ReportingService.main() }
}
