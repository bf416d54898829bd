internal import Foundation
internal import Kernel
public import Postgres

/// Customers, sites, machines and contracts to try the suite with; invented, and reachable nowhere.
public enum IntakeDemo {
    /// Fills in what is not there yet.
    ///
    /// - Returns: the number of customers that were new.
    @discardableResult public static func fill(_ pool: PostgresPool) async throws -> Int {
        try await pool.transaction { transaction in
            let added = try await transaction.query(insertCustomers).affected
            try await transaction.pipeline([insertContacts, insertSites, insertProducts, insertContracts])
            return added
        }
    }

    /// Made from a name, so that a second filling finds what the first one wrote.
    private static func id(_ name: String) -> UUID {
        UUID(namespace: UUID(uuid: (0x0D, 0xE0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1)), name: name)
    }

    private struct Person {
        let key: String
        let name: String
        let phone: String
        let email: String?
        let openID: String?
        let language: String
    }

    private static let customers = [
        Person(
            key: "wang", name: "王小明", phone: "+8613800138000", email: "wang@example.cn", openID: "oDemo_wang",
            language: "zh"),
        Person(
            key: "huaxin", name: "华新精密机械有限公司", phone: "+8613800138001", email: "service@huaxin.example.cn",
            openID: "oDemo_huaxin", language: "zh"),
        Person(key: "li", name: "李芳", phone: "+8613800138002", email: nil, openID: "oDemo_li", language: "zh"),
        Person(
            key: "baker", name: "Emma Baker", phone: "+8613800138003", email: "emma.baker@example.cn", openID: nil,
            language: "en"),
        Person(
            key: "haitian", name: "海天食品集团", phone: "+8613800138004", email: "it@haitian.example.cn", openID: nil,
            language: "zh"),
        Person(
            key: "northwind", name: "Northwind Packaging Ltd.", phone: "+8613800138005",
            email: "plant@northwind.example.cn", openID: nil, language: "en"),
        Person(
            key: "zhao", name: "赵建国", phone: "+8613800138006", email: "zhao@example.cn", openID: nil, language: "zh"),
        Person(
            key: "chen", name: "陈静", phone: "+8613800138007", email: "chen@example.cn", openID: "oDemo_chen",
            language: "zh"),
    ]

    private static var insertCustomers: SQL {
        """
        insert into intake.customer (id, name, phone, email, wechat_openid, language)
        select id, name, phone, email, wechat_openid, language
        from unnest(
          \(customers.map { id($0.key) })::uuid[],
          \(customers.map(\.name))::text[],
          \(customers.map(\.phone))::text[],
          \(customers.map(\.email))::text[],
          \(customers.map(\.openID))::text[],
          \(customers.map(\.language))::text[]
        ) as new (id, name, phone, email, wechat_openid, language)
        on conflict do nothing
        """
    }

    private static let contacts = [
        (customer: "huaxin", name: "周工（设备部）", phone: "+8613800138011", email: "zhou@huaxin.example.cn"),
        (customer: "haitian", name: "吴经理", phone: "+8613800138014", email: "wu@haitian.example.cn"),
        (customer: "northwind", name: "Tom Fisher", phone: "+8613800138015", email: "tom@northwind.example.cn"),
    ]

    /// For customers that are there: one who wrote in before the demo was filled in keeps his own record.
    private static var insertContacts: SQL {
        """
        insert into intake.contact (id, customer_id, name, phone, email)
        select new.id, new.customer_id, new.name, new.phone, new.email
        from unnest(
          \(contacts.map { id("contact " + $0.phone) })::uuid[],
          \(contacts.map { id($0.customer) })::uuid[],
          \(contacts.map(\.name))::text[],
          \(contacts.map(\.phone))::text[],
          \(contacts.map(\.email))::text[]
        ) as new (id, customer_id, name, phone, email)
        join intake.customer on customer.id = new.customer_id
        on conflict do nothing
        """
    }

    private static let sites = [
        (customer: "wang", name: "家", address: "上海市浦东新区世纪大道 100 号 8 幢 1201 室"),
        (customer: "huaxin", name: "苏州工厂", address: "江苏省苏州市工业园区星湖街 328 号"),
        (customer: "huaxin", name: "无锡工厂", address: "江苏省无锡市新吴区长江路 16 号"),
        (customer: "haitian", name: "佛山总部", address: "广东省佛山市禅城区文沙路 16 号"),
        (customer: "northwind", name: "Qingdao plant", address: "12 Shenzhen Road, Laoshan District, Qingdao"),
        (customer: "chen", name: "门店", address: "北京市朝阳区建国路 88 号"),
    ]

    private static var insertSites: SQL {
        """
        insert into intake.site (id, customer_id, name, address)
        select new.id, new.customer_id, new.name, new.address
        from unnest(
          \(sites.map { id("site " + $0.address) })::uuid[],
          \(sites.map { id($0.customer) })::uuid[],
          \(sites.map(\.name))::text[],
          \(sites.map(\.address))::text[]
        ) as new (id, customer_id, name, address)
        join intake.customer on customer.id = new.customer_id
        on conflict do nothing
        """
    }

    /// `months`: since the installation; the warranty is two years.
    private static let products = [
        (customer: "wang", model: "空调 KFR-35GW", serial: "AC-2024-000135", months: 8),
        (customer: "huaxin", model: "数控车床 CK6150", serial: "CNC-6150-0412", months: 30),
        (customer: "huaxin", model: "激光切割机 LF3015", serial: "LAS-3015-0078", months: 5),
        (customer: "li", model: "热水器 JSQ30", serial: "WH-30-118822", months: 26),
        (customer: "baker", model: "Water purifier RO-75", serial: "RO-75-55120", months: 3),
        (customer: "haitian", model: "灌装线 GZX-12", serial: "FIL-12-0009", months: 14),
        (customer: "northwind", model: "Case packer CP-200", serial: "CP-200-0031", months: 20),
        (customer: "chen", model: "收银机 POS-T8", serial: "POS-T8-70215", months: 1),
    ]

    private static var insertProducts: SQL {
        """
        insert into intake.installed_product (id, customer_id, model, serial, installed_on, warranty_until)
        select new.id, new.customer_id, new.model, new.serial, installed_on, (installed_on + interval '2 years')::date
        from unnest(
          \(products.map { id("product " + $0.serial) })::uuid[],
          \(products.map { id($0.customer) })::uuid[],
          \(products.map(\.model))::text[],
          \(products.map(\.serial))::text[],
          \(products.map(\.months))::bigint[]
        ) as new (id, customer_id, model, serial, months)
        join intake.customer on customer.id = new.customer_id
        cross join lateral (select (intake.today() - make_interval(months => months::int))::date) as since (installed_on)
        on conflict do nothing
        """
    }

    private static let contracts = [
        (customer: "huaxin", number: "FW-2024-018", level: "gold"),
        (customer: "haitian", number: "FW-2024-033", level: "silver"),
        (customer: "northwind", number: "FW-2025-002", level: "basic"),
        (customer: "chen", number: "FW-2026-007", level: "key"),
    ]

    private static var insertContracts: SQL {
        """
        insert into intake.contract (id, customer_id, number, service_level, starts_on, ends_on)
        select new.id, new.customer_id, new.number, new.service_level, intake.today() - 90, intake.today() + 640
        from unnest(
          \(contracts.map { id("contract " + $0.number) })::uuid[],
          \(contracts.map { id($0.customer) })::uuid[],
          \(contracts.map(\.number))::text[],
          \(contracts.map(\.level))::text[]
        ) as new (id, customer_id, number, service_level)
        join intake.customer on customer.id = new.customer_id
        on conflict do nothing
        """
    }
}
