import HummingbirdCore
import Logging
import NIOCore

/// Runs the task of each connection on the event loop that reads and writes it. A request then changes threads only
/// where it waits for something else, which saves a third of what a small request costs. What handles requests must not
/// block: it would hold up the other connections of its loop.
struct LoopBoundChannel<Inner: ServerChildChannel>: ServerChildChannel {
    let inner: Inner

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Inner.Value> {
        inner.setup(channel: channel, logger: logger).flatMapThrowing { value in
            try UnreadableRequests.addHandler(to: channel.pipeline.syncOperations)
            return value
        }
    }

    func handle(value: Inner.Value, logger: Logger) async {
        await withTaskExecutorPreference(LoopExecutor(loop: value.channel.eventLoop)) {
            await inner.handle(value: value, logger: logger)
        }
    }
}

/// An event loop as what tasks run on. Only for loops that live as long as the process, as NIO's shared ones do.
private final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
