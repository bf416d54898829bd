import FollowUpService

@main struct FollowUp {
    static func main() async { await FollowUpService.main() }
}
