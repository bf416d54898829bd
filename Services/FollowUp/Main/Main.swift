import FollowUpService
import ServiceKit

@main struct FollowUp {
    static func main() async { await FollowUpService.main() }
}
