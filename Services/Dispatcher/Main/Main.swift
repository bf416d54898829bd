import DispatcherService

@main struct Dispatcher {
    static func main() async { await DispatcherService.main() }
}
