internal import IntakeService

@main struct Intake {
    static func main() async { await IntakeService.main() }
}
