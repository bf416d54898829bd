import NotifierService
import ServiceKit

@main struct Notifier {
    static func main() async { await NotifierService.main() }
}
