/// Every body this version knows. A type that is not in here is a message from elsewhere and goes to the dead letters.
public enum Catalogue {
    public static let messages: [any Message.Type] = [
        InboundRequest.self, InboundAnswer.self, TicketCreated.self, CustomerAsked.self, WorkMoved.self,
        SendDelivery.self,
        DeliveryReported.self, CallBackMoved.self, StaffChanged.self, DepartmentChanged.self,
    ]

    /// Every type by the text of the AMQP `type` property.
    public static let types: [String: any Message.Type] = Dictionary(
        uniqueKeysWithValues: messages.flatMap { message in message.types.map { ($0.description, message) } })
}
