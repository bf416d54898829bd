/// An array that loses elements at the front in constant time.
struct FIFO<Element> {
    private var storage: ContiguousArray<Element?> = []
    private var head = 0

    var count: Int { storage.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Element? { isEmpty ? nil : storage[head] }

    subscript(position: Int) -> Element {
        get {
            guard let element = storage[head + position] else { preconditionFailure("a removed element was asked for") }
            return element
        }
        _modify {
            guard var element = storage[head + position] else {
                preconditionFailure("a removed element was asked for")
            }
            storage[head + position] = nil
            defer { storage[head + position] = element }
            yield &element
        }
    }

    mutating func append(_ element: Element) { storage.append(element) }

    mutating func append(contentsOf elements: [Element]) { storage.append(contentsOf: elements) }

    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = storage[head]
        storage[head] = nil
        head += 1
        if head == storage.count {
            storage.removeAll(keepingCapacity: storage.count <= 4096)
            head = 0
        } else if head >= 1024, head * 2 >= storage.count {
            storage.removeFirst(head)
            head = 0
        }
        return element
    }

    mutating func removeFirst() { _ = popFirst() }

    mutating func removeAll() { self = FIFO() }
}
