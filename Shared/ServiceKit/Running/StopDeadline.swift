private import Foundation
import Logging

/// The last word on a stop that hangs.
enum StopDeadline {
    /// Ends the process with status 1 when it still runs after `deadline`. A thread of its own, since whatever hangs
    /// may hold all others.
    static func start(_ deadline: Duration, _ logger: Logger) {
        logger.info("Stopping")
        let thread = Thread {
            Thread.sleep(forTimeInterval: deadline.milliseconds / 1000)
            logger.critical("Did not stop in time; what was not acknowledged will be delivered again")
            LogSink.standardError.flush()
            exit(1)
        }
        thread.start()
    }
}
