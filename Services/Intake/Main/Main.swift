import IntakeService
import ServiceKit

@main struct Intake {
    static func main() async { await IntakeService.main() }
}
