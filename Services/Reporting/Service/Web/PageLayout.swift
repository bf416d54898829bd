internal import Kernel

/// The frame of every page, and the files it needs.
enum PageLayout {
    /// Nothing from elsewhere, nothing inline.
    static let contentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

    static func page(_ title: String, _ words: PageWords, _ content: HTML) -> HTML {
        """
        <!doctype html>
        <html lang="\(words.language.rawValue)">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title)</title>
        <link rel="stylesheet" href="/reports/style.css">
        </head>
        <body>
        <header><a href="/reports">\(words("派单 · 报表", "Paidan · Reports"))</a></header>
        <main>
        \(content)
        </main>
        </body>
        </html>

        """
    }

    static func signIn(_ words: PageWords) -> HTML {
        page(
            words("登录", "Sign in"), words,
            """
            <h1>\(words("请先登录", "Please sign in"))</h1>
            <form id="sign-in">
            <label>\(words("用户名", "Login"))<input name="login" autocomplete="username" required autofocus></label>
            <label>\(words("密码或一次性密码", "Password or one-time password"))<input name="password" type="password" autocomplete="current-password" required></label>
            <button>\(words("登录", "Sign in"))</button>
            <p id="refusal" role="alert" hidden>\(words("用户名或密码不正确。", "Login or password is not right."))</p>
            </form>
            <script src="/reports/sign-in.js"></script>
            """)
    }

    static func notFound(_ words: PageWords) -> HTML {
        page(
            words("没有找到", "Not found"), words,
            """
            <h1>\(words("没有这张工单", "There is no such ticket"))</h1>
            <p><a href="/reports">\(words("返回列表", "Back to the list"))</a></p>
            """)
    }

    static let script = """
        "use strict";
        // The access token lasts minutes: a session that still runs gives the next one, at most once a minute.
        const last = Number(sessionStorage.getItem("renewed") || 0);
        if (Date.now() - last > 60000) {
          sessionStorage.setItem("renewed", String(Date.now()));
          fetch("/api/dispatch/v1/sessions/renewal", { method: "POST", headers: { "X-Paidan": "1" } })
            .then((answer) => { if (answer.ok) location.reload(); });
        }
        document.getElementById("sign-in").addEventListener("submit", async (event) => {
          event.preventDefault();
          const form = new FormData(event.target);
          const answer = await fetch("/api/dispatch/v1/sessions", {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ login: form.get("login"), password: form.get("password") }),
          });
          if (answer.ok) location.reload();
          else document.getElementById("refusal").hidden = false;
        });

        """

    static let stylesheet = """
        :root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d5dbe3; --paper: #fff; --mark: #1667c7; --past: #2f9e62; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8ecf1; --soft: #a3aebb; --line: #3a4450; --paper: #14181d; --mark: #6cb0ff; --past: #5fcf95; } }
        * { box-sizing: border-box; }
        body { margin: 0; font: 16px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; color: var(--ink); background: var(--paper); }
        header { padding: .75rem 1.25rem; border-bottom: 1px solid var(--line); }
        header a { color: inherit; font-weight: 600; text-decoration: none; }
        main { max-width: 60rem; margin: 0 auto; padding: 1.25rem; }
        h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
        h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
        a { color: var(--mark); }
        .soft { color: var(--soft); }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        th { color: var(--soft); font-weight: 500; }
        th, .short { white-space: nowrap; }
        h1, td { overflow-wrap: anywhere; }
        td.words { min-width: 8rem; }
        .scroll { overflow-x: auto; }
        svg.share { width: 100%; height: 14px; margin: 1rem 0 .25rem; display: block; }
        svg.share rect { fill: var(--past); stroke: var(--paper); }
        svg.share rect.now { fill: var(--mark); }
        ol.life { list-style: none; margin: 1rem 0; padding: 0; }
        ol.life li { position: relative; padding: 0 0 1.1rem 2rem; }
        ol.life li::before { content: ""; position: absolute; left: .3rem; top: .35rem; width: .8rem; height: .8rem; border-radius: 50%; background: var(--past); }
        ol.life li::after { content: ""; position: absolute; left: .65rem; top: 1.3rem; bottom: -.2rem; width: 2px; background: var(--line); }
        ol.life li:last-child::after { display: none; }
        ol.life li.now::before { background: var(--paper); border: 3px solid var(--mark); }
        ol.life strong { display: inline-block; min-width: 9rem; }
        ol.life .long { font-variant-numeric: tabular-nums; }
        form { max-width: 22rem; }
        label { display: block; margin: .75rem 0; }
        input { display: block; width: 100%; font: inherit; padding: .45rem; border: 1px solid var(--soft); border-radius: .3rem; background: var(--paper); color: inherit; }
        button { font: inherit; padding: .45rem 1.2rem; border: 0; border-radius: .3rem; background: var(--mark); color: var(--paper); }

        """
}
