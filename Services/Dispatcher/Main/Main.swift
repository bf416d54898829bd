import DispatcherService
import ServiceKit

@main struct Dispatcher {
    static func main() async { await DispatcherService.main() }
}
